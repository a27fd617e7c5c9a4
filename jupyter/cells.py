# SPDX-License-Identifier: Apache-2.0
"""The cells of a notebook: what they are called, and their sources. report/cells.c shows a profile by them."""

from __future__ import annotations

import linecache
from typing import Any

Cells = dict[str, tuple[str, str]]  # the name IPython compiles a cell under => its name in the notebook, "In[3]", and its source


def cells_of(shell: Any) -> Cells:
    """Give the cells that the shell has run so far."""
    return {file: (f"In[{count}]", "".join(linecache.getlines(file))) for file, count in shell.compile._filename_map.items()}


def number_of_latest(shell: Any) -> str:
    """Give the number, as In[3], of the cell that runs or ran last. (The shell's own count runs ahead of it in some versions of IPython.)"""
    return f"In[{max(shell.compile._filename_map.values(), default=0)}]"
