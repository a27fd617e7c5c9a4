# SPDX-License-Identifier: Apache-2.0
"""A peak-memory profiler for Python data work: which lines hold the memory at the worst moment.

Three ways to use it: `fil-profile run script.py`; in Jupyter, the kernel "Python 3 with Fil",
`%load_ext filprofiler` and `%%filprofile`; or from code that was started by `fil-profile python
script.py`:

    with filprofiler.recording() as result:
        work()
    print(result.snapshot.peak_bytes)

    @filprofiler.profile
    def load(): ...

Importing costs a few milliseconds: whatever is heavy is imported where it is used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` takes as long as Python's own start
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from filprofiler import api as api
    from filprofiler.api import profile as profile
    from filprofiler.snapshots import Snapshot as Snapshot

__version__ = "2026.11.0"
__all__ = ["Snapshot", "__version__", "profile", "recording", "snapshot", "start", "stop"]


_marked = False  # a recording was begun inside of that of `fil-profile run`
_told = False  # and what that means was said

WHOLE_RUN = (
    "fil-profile run records the whole program: start(), recording() and profile() give its peak "
    "so far, not that of a part; fil-profile python would record only the parts"
)


def start() -> None:
    """Begin a recording of this process, in all its threads.

    Under `fil-profile run`, which records the whole program, nothing begins: `stop()` returns the
    whole run's peak so far, with `of_the_whole_run` set, and the run's own report isn't disturbed.

    Where memory is about to run out, allocations of 1 MiB and more fail meanwhile, as if the system
    had refused them. Raises RuntimeError when the process wasn't started with the profiler (the
    message says how), or when a recording is running."""
    from filprofiler import _filext
    from filprofiler.results import folder_path

    global _marked, _told
    if not _marked and _filext.in_session("" if _told else WHOLE_RUN):
        _marked = _told = True
    else:
        _filext.start(folder_path(), "")


def stop() -> Snapshot:
    """End the recording and return its peak. Raises RuntimeError when none is running."""
    from filprofiler import _filext
    from filprofiler.snapshots import Snapshot

    global _marked
    if _marked and _filext.in_session(""):
        _marked = False
        return snapshot()
    return Snapshot(_filext.stop())


def snapshot() -> Snapshot:
    """Return the peak so far; the recording goes on. Raises RuntimeError when none is running."""
    from filprofiler import _filext
    from filprofiler.snapshots import Snapshot

    taken = Snapshot(_filext.snapshot())
    taken.of_the_whole_run = _filext.in_session("")
    return taken


class recording:
    """Records what the `with` block does. Afterwards `.snapshot` is its peak, also when the block
    raised.

    Inside it BLAS, OpenMP, BLOSC and numexpr run one thread, as far as they are loaded, so that
    what they allocate belongs to the line that called them.
    """

    snapshot: Snapshot

    def __enter__(self) -> recording:
        from filprofiler.threadpools import OneThread

        self._pools = OneThread()
        self._pools.begin()
        try:
            start()
        except BaseException:
            self._pools.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.snapshot = stop()
        finally:
            self._pools.end()


def load_ipython_extension(shell: Any) -> None:
    """Serve `%load_ext filprofiler`."""
    from filprofiler.jupyter.extension import load

    load(shell)


def __getattr__(name: str) -> Any:
    if name == "Snapshot":
        from filprofiler.snapshots import Snapshot

        return Snapshot
    if name == "profile":
        from filprofiler.api import profile

        return profile
    if name == "api":
        from importlib import import_module

        return import_module("filprofiler.api")
    raise AttributeError(f"module 'filprofiler' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "api"})
