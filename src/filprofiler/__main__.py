# SPDX-License-Identifier: Apache-2.0
"""`python -m filprofiler`: the same as the command `fil-profile`."""

from filprofiler.cli import main

main()
