# SPDX-License-Identifier: Apache-2.0
"""The kernel "Python 3 with Fil": `python -m filprofiler.kernel -f CONNECTION` becomes ipykernel with the shim loaded."""

import sys

from filprofiler.kernel.launcher import LaunchError, interpreter_flags, launch

from filprofiler.ownership import settings_for

try:
    settings = {"MODE": "python"} | settings_for([], [])
    launch([*interpreter_flags(), "-m", "ipykernel_launcher", *sys.argv[1:]], settings)
except LaunchError as error:
    sys.exit(f"=fil-profile= {error}")
