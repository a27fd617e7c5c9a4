# SPDX-License-Identifier: Apache-2.0
"""Inside a profiled cell and a recording BLAS, OpenMP, BLOSC and numexpr run one thread, so that
what they allocate belongs to the line that called them.

Only libraries that are loaded are touched, and each gets its own number of threads back. A library
that is loaded inside starts as usual.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

# Module => how its number of threads is set; each setter returns the number before.
SETTERS = {
    "numexpr": "set_num_threads",
    "blosc": "set_nthreads",
    "blosc2": "set_nthreads",
    "numcodecs.blosc": "set_nthreads",
}


class OneThread:
    """The thread pools' numbers: set to 1 by `begin`, put back by `end`."""

    def __init__(self) -> None:
        self._limits: Any = None
        self._undo: list[Callable[[], object]] = []

    def begin(self) -> None:
        from threadpoolctl import threadpool_limits

        self._limits = threadpool_limits(limits=1)
        for name, setter in SETTERS.items():
            change = getattr(sys.modules.get(name), setter, None)
            if change is not None:
                before = change(1)
                self._undo.append(partial(change, before))

    def end(self) -> None:
        """Put the numbers back; a library that fails keeps no other from getting its own."""
        while self._undo:
            with contextlib.suppress(Exception):
                self._undo.pop()()
        limits, self._limits = self._limits, None
        if limits is not None:
            limits.restore_original_limits()
