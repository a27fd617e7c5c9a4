# SPDX-License-Identifier: Apache-2.0
"""The kernel "Python 3 with Fil": `python -m filprofiler.kernel -f CONNECTION` becomes ipykernel
with the shim loaded."""

import sys

from filprofiler.kernel.launcher import LaunchError, interpreter_flags, launch

from filprofiler import ownership, privacy, projectsettings

program = ["-m", "ipykernel_launcher", *sys.argv[1:]]
try:
    found = projectsettings.settings()
    settings = {"MODE": "python"} | ownership.settings_for([], [], found)
    settings |= privacy.settings_for((), interpreter_flags(), program, found)
    launch([*interpreter_flags(), *program], settings)
except LaunchError as error:
    sys.exit(f"=fil-profile= {error}")
