# SPDX-License-Identifier: Apache-2.0
"""Profiling one call from code."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import filprofiler

Result = TypeVar("Result")


def profile(callable: Callable[[], Result], path: str | os.PathLike[str]) -> Result:
    """Call `callable()` under a recording, write the report into the folder `path`, and return the call's result.

    The folder is made if need be. When the call raises, the report is written all the same and the exception goes on.
    Raises RuntimeError when the process wasn't started with the profiler, OSError when the report can't be written.
    """
    filprofiler.start()
    try:
        return callable()
    finally:
        filprofiler.stop().write_report(path)
