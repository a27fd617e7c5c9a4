# SPDX-License-Identifier: Apache-2.0
"""Starts Python with the shim: the launcher for the command line, and the kernel "Python 3 with
Fil"."""
