# SPDX-License-Identifier: Apache-2.0
"""Recordings of this process from its own code: start, stop, the peak so far, a `with` block."""

from __future__ import annotations

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from types import TracebackType

    from filprofiler.snapshots import Snapshot

_marked = False  # a recording was begun inside of that of `fil-profile run`
_told = False  # and what that means was said
_hides = (False, False)  # the source and the arguments stay out of what is inside of it

WHOLE_RUN = (
    "fil-profile run records the whole program: start(), recording() and profile() give its peak "
    "so far, not that of a part; fil-profile python would record only the parts"
)


def start(*, no_source: bool = False, no_arguments: bool = False) -> None:
    """Begin a recording of this process, in all its threads.

    With `no_source` no line of the program's source is in what is made of the recording, with
    `no_arguments` no argument of its command line, nor the text of -c.

    Under `fil-profile run`, which records the whole program, nothing begins: `stop()` returns the
    whole run's peak so far, with `of_the_whole_run` set, and the run's own report isn't disturbed.

    Where memory is about to run out, allocations of 1 MiB and more fail meanwhile, as if the system
    had refused them. Raises RuntimeError when the process wasn't started with the profiler (the
    message says how), or when a recording is running."""
    import sys

    from filprofiler import _filext, privacy
    from filprofiler.resultfolders import folder_path

    global _marked, _told, _hides
    if not _marked and _filext.in_session("" if _told else WHOLE_RUN):
        _marked = _told = True
        _hides = (no_source, no_arguments)
    else:
        most = privacy.words_of(sys.orig_argv) if no_arguments else -1
        _filext.start(folder_path(), "", no_source, most)


def stop() -> Snapshot:
    """End the recording and return its peak. Raises RuntimeError when none is running."""
    from filprofiler import _filext
    from filprofiler.snapshots import Snapshot

    global _marked
    if _marked and _filext.in_session(""):
        try:
            return snapshot()
        finally:
            _marked = False
    return Snapshot(_filext.stop())


def snapshot() -> Snapshot:
    """Return the peak so far; the recording goes on. Raises RuntimeError when none is running."""
    from filprofiler import _filext
    from filprofiler.snapshots import Snapshot

    taken = Snapshot(_filext.snapshot())
    if _marked and any(_hides):
        taken = taken.hiding(source=_hides[0], arguments=_hides[1])
    taken.of_the_whole_run = _filext.in_session("")
    return taken


class recording:
    """Records what the `with` block does. Afterwards `.snapshot` is its peak, also when the block
    raised.

    Inside it BLAS, OpenMP, BLOSC and numexpr run one thread, as far as they are loaded, so that
    what they allocate belongs to the line that called them. `no_source`, `no_arguments`: as in
    `start`.
    """

    snapshot: Snapshot

    def __init__(self, *, no_source: bool = False, no_arguments: bool = False) -> None:
        self._hides = {"no_source": no_source, "no_arguments": no_arguments}

    def __enter__(self) -> recording:
        from filprofiler.threadpools import OneThread

        self._pools = OneThread()
        self._pools.begin()
        try:
            start(**self._hides)
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
