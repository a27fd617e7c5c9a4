# SPDX-License-Identifier: Apache-2.0
"""The black box of a program under `run`, and the small process that writes the report when the
program can't (filext/postmortem/watch.c)."""

from __future__ import annotations

# Instead of signal, which imports enum: that takes milliseconds.
import _signal  # type: ignore[import-not-found]
import os

from filprofiler.kernel.launcher import package_folder

from filprofiler.resultfolders import BLACKBOX

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from typing import Any

HEAD_BYTES = 4096  # as in filext/engine/blackbox.h: the watcher waits in the head


def make_blackbox(folder: str) -> str:
    """Make the file of the black box in the result folder, and return its path. Raises OSError."""
    path = os.path.join(folder, BLACKBOX)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, HEAD_BYTES)
    except OSError:
        os.unlink(path)
        raise
    finally:
        os.close(descriptor)
    return path


def watch(blackbox: str, folder: str, made: int) -> None:
    """Let this process, which is about to become the program, be watched. Raises OSError.

    `made`: how many folders were made for the results; the watcher removes them if nothing is
    recorded.

    The watcher becomes an orphan: it is none of the program's children. Process 1 of a container
    isn't watched: when it dies all others die with it, and the file stays."""
    if os.getpid() == 1:
        return
    program = os.path.join(package_folder(), "filwatch")
    # Without the libraries that the user wants in the program: they may print as they come and go.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "LD_AUDIT")
    }
    before = _ignore_children()
    try:
        started = os.posix_spawn(
            program,
            [program, blackbox, folder, str(made)],
            environment,
            setsigdef=[_signal.SIGCHLD],
        )
        os.waitpid(started, 0)
    except ChildProcessError:  # it has ended
        pass
    finally:
        if before is not None:
            _signal.signal(_signal.SIGCHLD, before)


def _ignore_children() -> Any:
    """Have the system forget children as they end: what an ignored one took isn't counted for the
    program, whose resource.getrusage(RUSAGE_CHILDREN) begins at nothing. Returns the handler
    that was there; None: nothing was changed."""
    before = _signal.getsignal(_signal.SIGCHLD)
    try:
        if before is not None:
            _signal.signal(_signal.SIGCHLD, _signal.SIG_IGN)
    except ValueError:  # a program called us in another thread than the main one
        return None
    return before
