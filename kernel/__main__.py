# SPDX-License-Identifier: Apache-2.0
"""The kernel "Python 3 with Fil": `python -m filprofiler.kernel -f CONNECTION` becomes ipykernel with the shim loaded."""

import sys

from filprofiler.kernel.launcher import LaunchError, interpreter_flags, launch

try:
    launch([*interpreter_flags(), "-m", "ipykernel_launcher", *sys.argv[1:]], {"MODE": "python"})
except LaunchError as error:
    sys.exit(f"=fil-profile= {error}")
