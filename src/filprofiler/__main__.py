# SPDX-License-Identifier: Apache-2.0
"""`python -m filprofiler`: the same as the command `fil-profile`."""

import sys

if not sys.flags.safe_path:
    del sys.path[
        0
    ]  # the working folder: what lies there is the program's, and none of it is imported by us

from filprofiler.cli import main

main()
