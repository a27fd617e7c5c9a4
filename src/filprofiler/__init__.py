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
    from typing import Any

    from filprofiler import api as api
    from filprofiler.api import profile as profile
    from filprofiler.recordings import recording as recording
    from filprofiler.recordings import snapshot as snapshot
    from filprofiler.recordings import start as start
    from filprofiler.recordings import stop as stop
    from filprofiler.snapshots import Snapshot as Snapshot

__version__ = "2026.11.0"
__all__ = ["Snapshot", "__version__", "profile", "recording", "snapshot", "start", "stop"]

_MODULES = {  # the public names, and the modules that are imported when one is first used
    "Snapshot": "snapshots",
    "api": "api",
    "profile": "api",
    "recording": "recordings",
    "snapshot": "recordings",
    "start": "recordings",
    "stop": "recordings",
}


def load_ipython_extension(shell: Any) -> None:
    """Serve `%load_ext filprofiler`."""
    from filprofiler.jupyter.extension import load

    load(shell)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'filprofiler' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"filprofiler.{_MODULES[name]}")
    return module if name == "api" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
