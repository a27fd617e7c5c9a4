# SPDX-License-Identifier: Apache-2.0
"""Profiling single calls from code: one call, or each call of a decorated function."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial, wraps
from threading import Lock
from typing import Any, TypeVar, overload

from filprofiler.recordings import recording

Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])
StrPath = str | os.PathLike[str]


@overload
def profile(
    callable: Callable[[], Result],
    path: StrPath,
    *,
    no_source: bool = False,
    no_arguments: bool = False,
) -> Result: ...
@overload
def profile(callable: Function) -> Function: ...
@overload
def profile(
    *, path: StrPath | None = None, no_source: bool = False, no_arguments: bool = False
) -> Callable[[Function], Function]: ...
def profile(
    callable: Any = None,
    path: StrPath | None = None,
    *,
    no_source: bool = False,
    no_arguments: bool = False,
) -> Any:
    """Profile one call, or decorate a function so that each of its calls is profiled.

    `profile(callable, path)` calls `callable()` under a recording, writes the report into the
    folder `path`, which is made if need be, and returns the call's result. When the call raises,
    the report is written all the same and the exception goes on. Raises RuntimeError when the
    process wasn't started with the profiler, OSError when the report can't be written.

    `@profile` and `@profile(path=DIR)` decorate a function or a coroutine function, of which a call
    ends when it was awaited. Each call writes its report into a new folder in DIR (fil-result) and
    says on stderr where. A call within another one, or within a recording, is a part of that.

    With `no_source` no file of the report has a line of the program's source, with `no_arguments`
    none has an argument of its command line, nor the text of -c.
    """
    new = partial(recording, no_source=no_source, no_arguments=no_arguments)
    if callable is None:
        return partial(_decorated, path=path, new=new)
    if path is None:
        return _decorated(callable, None, new)
    record = new()
    record.__enter__()
    try:
        return callable()
    finally:
        record.__exit__(None, None, None)
        record.snapshot.write_report(path)


def _decorated(function: Any, path: StrPath | None, new: Callable[[], recording]) -> Any:
    """Return the function that does the same and is profiled, each call by a `new` recording.
    Raises TypeError for what isn't called once and for all."""
    import inspect

    if isinstance(function, (classmethod, staticmethod)):
        return type(function)(_decorated(function.__func__, path, new))
    if not callable(function) or isinstance(function, type):
        shown = "@profile or @profile(path='results')"
        raise TypeError(f"profile() decorates functions, as in {shown}; {function!r} is none")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            "profile() can't decorate a generator function, which runs piece by piece: "
            "put `with filprofiler.recording()` around the loop that uses it"
        )
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def awaited(*arguments: Any, **named: Any) -> Any:
            with _Call(function, path, new()):
                return await function(*arguments, **named)

        return awaited

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        with _Call(function, path, new()):
            return function(*arguments, **named)

    return called


_recording = Lock()  # held while a decorated call is recorded


class _Call:
    """One call of a decorated function. `process` is 0 where it is a part of another recording; a
    forked child that returns from the call has no recording, either."""

    def __init__(self, function: Any, path: StrPath | None, record: recording) -> None:
        self.name = getattr(function, "__qualname__", "the call")
        self.path = path
        self.process = 0
        self.record = record

    def __enter__(self) -> None:
        from filprofiler import _filext

        if (_filext.is_recording() and not _filext.in_session("")) or not _recording.acquire(False):
            return
        try:
            self.record.__enter__()
        except BaseException:
            _recording.release()
            raise
        self.process = os.getpid()

    def __exit__(self, *raised: object) -> None:
        if self.process != os.getpid():
            return
        try:
            self.record.__exit__(None, None, None)
        finally:
            _recording.release()
        self._write()

    def _write(self) -> None:
        """Write the report and say where. The call's result isn't lost when that can't be done."""
        from filprofiler import _filext
        from filprofiler.console import say
        from filprofiler.resultfolders import PARENT, make_folder
        from filprofiler.sizes import mebibytes

        parent = os.fspath(self.path) if self.path is not None else PARENT
        try:
            folder = make_folder(parent, self.name)
            self.record.snapshot.write_report(folder)
        except OSError as error:
            say(f"Can't write the report of {self.name} in {parent!r}: {error.strerror}")
            return
        peak = mebibytes(self.record.snapshot.in_use_bytes)
        page = os.path.join(folder, "index.html")
        line = f"{self.name}: peak memory {peak}; wrote the report to {page}"
        line = line.encode("utf-8", "backslashreplace").decode()  # a path can be any bytes
        if not _filext.in_session(line):
            say(line)
