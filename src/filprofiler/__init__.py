# SPDX-License-Identifier: Apache-2.0
"""A peak-memory profiler for Python data work: which lines hold the memory at the worst moment.

Three ways to use it: `fil-profile run script.py`; in Jupyter, the kernel "Python 3 with Fil", `%load_ext filprofiler` and
`%%filprofile`; or from code that was started by `fil-profile python script.py`:

    with filprofiler.recording() as result:
        work()
    print(result.snapshot.peak_bytes)

Importing costs a few milliseconds: whatever is heavy is imported where it is used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` takes as long as Python's own start
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from filprofiler.api import profile as profile
    from filprofiler.snapshots import Snapshot as Snapshot

__version__ = "2026.11.0"
__all__ = ["Snapshot", "__version__", "profile", "recording", "snapshot", "start", "stop"]


def start() -> None:
    """Begin a recording of this process, in all its threads.

    Where memory is about to run out, allocations of 1 MiB and more fail meanwhile, as if the system had refused them.
    Raises RuntimeError when the process wasn't started with the profiler (the message says how), or when a recording is running.
    """
    from filprofiler import _filext
    from filprofiler.results import folder_path

    _filext.start(folder_path(), "")


def stop() -> Snapshot:
    """End the recording and return its peak. Raises RuntimeError when none is running."""
    from filprofiler import _filext
    from filprofiler.snapshots import Snapshot

    return Snapshot(_filext.stop())


def snapshot() -> Snapshot:
    """Return the peak so far; the recording goes on. Raises RuntimeError when none is running."""
    from filprofiler import _filext
    from filprofiler.snapshots import Snapshot

    return Snapshot(_filext.snapshot())


class recording:
    """Records what the `with` block does. Afterwards `.snapshot` is its peak, also when the block raised."""

    snapshot: Snapshot

    def __enter__(self) -> recording:
        start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.snapshot = stop()


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
    raise AttributeError(f"module 'filprofiler' has no attribute {name!r}")
