# SPDX-License-Identifier: Apache-2.0
"""Replaces this process by the same interpreter with the shim preloaded.

The process id stays, and so does everything a program can see of its start: its command line is the
one it would have without us, and the shim takes its variables out of the environment before Python
starts (filext/shim/environment.c)."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from typing import NoReturn


class LaunchError(Exception):
    """The profiler can't be started here; the message says why, in one line."""


def _extension() -> str:
    import filprofiler._filext

    return os.path.abspath(str(filprofiler._filext.__file__))


def package_folder() -> str:
    """Return the folder in which the shim and the watcher lie: the extension's, also in an editable
    install."""
    return os.path.dirname(_extension())


def _preload_path(shim: str) -> tuple[str, int | None]:
    """Return the text for LD_PRELOAD, and the descriptor it stands for.

    A path with a separator of LD_PRELOAD in it can't stand there: the shim is then opened, and
    closes the descriptor itself."""
    if not any(character in shim for character in " :$"):
        return shim, None
    descriptor = os.open(shim, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    return f"/proc/self/fd/{descriptor}", descriptor


def _interpreter_name() -> str:
    """Return argv[0] for the new process: what it was, so that sys.orig_argv and the process list
    look as they would without us."""
    return sys.orig_argv[0] if sys.orig_argv else sys.executable


def interpreter_flags() -> list[str]:
    """Return the options of this very interpreter (-I, -X dev, ...), to be handed on: what stands
    before -m in its command line.

    Letters may stand together, as in -um or -bX dev.
    """
    arguments = sys.orig_argv[1:]
    flags: list[str] = []
    while arguments and arguments[0].startswith("-") and arguments[0] not in ("-", "--"):
        flag = arguments.pop(0)
        ending = (
            "--"
            if flag.startswith("--")
            else next((letter for letter in flag[1:] if letter in "mcWX"), "")
        )
        if ending in ("m", "c"):
            before = flag[: flag.index(ending)]
            return [*flags, before] if before != "-" else flags
        flags.append(flag)
        takes_next = flag == "--check-hash-based-pycs" or (
            ending in ("W", "X") and flag.index(ending) == len(flag) - 1
        )
        if takes_next and arguments:
            flags.append(arguments.pop(0))
    return flags


def _is_main() -> bool:
    """Whether this process runs us alone: a program that calls main itself may have changed the
    environment for us before it called main."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return os.path.basename(sys.argv[0]) == "fil-profile" or (
        spec is not None and spec.name.partition(".")[0] == "filprofiler"
    )


def _environment() -> dict[str, str]:
    """Return the environment that this process was started with.

    In the C locale Python has changed it since (PEP 538), and so may a sitecustomize have: in the
    new process they do it again. Found done already, the locale would be another one, and UTF-8
    mode off."""
    if not _is_main():
        return dict(os.environ)
    try:
        with open("/proc/self/environ", "rb") as file:
            entries = file.read().split(b"\0")
    except OSError:
        return dict(os.environ)
    environment: dict[str, str] = {}
    for entry in entries:
        name, equals, value = os.fsdecode(entry).partition("=")
        if equals:
            environment.setdefault(name, value)
    return environment


def launch(arguments: list[str], settings: dict[str, str]) -> NoReturn:
    """Become `python [arguments]` with the shim.

    Parameters: `arguments`: what stands behind the interpreter on the command line. `settings`: the
    `_FIL_` variables without that prefix (docs/design/starting.md). Raises LaunchError when
    it can't be done."""
    if not sys.platform.startswith("linux"):
        raise LaunchError(f"filprofiler needs Linux; this is {sys.platform}")
    if not sys.executable:
        raise LaunchError(
            "Python doesn't know its own interpreter (sys.executable is empty): start it by its "
            "full path"
        )
    shim = os.path.join(package_folder(), "libfilshim.so")
    if not os.path.exists(shim):
        raise LaunchError(
            f"the installation is incomplete: {shim} is missing; install filprofiler again"
        )
    environment = {
        name: value for name, value in _environment().items() if not name.startswith("_FIL_")
    }
    preload, descriptor = _preload_path(shim)
    own = environment.get("LD_PRELOAD")
    environment["LD_PRELOAD"] = f"{preload}:{own}" if own else preload
    environment |= {f"_FIL_{name}": value for name, value in settings.items()}
    environment["_FIL_EXTENSION"] = _extension()
    environment["_FIL_PYTHON"] = sys.executable
    if own is not None:
        environment["_FIL_LD_PRELOAD"] = own
    if descriptor is not None:
        environment["_FIL_SHIM_FD"] = str(descriptor)
    try:
        os.execve(sys.executable, [_interpreter_name(), *arguments], environment)
    except OSError as error:
        raise LaunchError(f"can't start {sys.executable}: {error.strerror}") from None
