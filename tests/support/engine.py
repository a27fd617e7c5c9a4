# SPDX-License-Identifier: Apache-2.0
"""The C engine for tests in Python: compiled with a driver that takes made-up addresses and stacks,
and checks after each event what the engine promises of itself (tests/engine/c/validity.h)."""

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from support.running import REPOSITORY

SOURCES = [
    *(REPOSITORY / "filext/base").glob("*.c"),
    *(REPOSITORY / "filext/engine").glob("*.c"),
    *(REPOSITORY / "filext/platform").glob("*.c"),
]

# What of the engine, and of filext/postmortem, reads a black box in a process without the engine.
ENGINES_READERS = [
    REPOSITORY / "filext/engine" / name
    for name in ("frozenfullest.c", "frozentree.c", "periods.c", "timeline.c")
]
READOUT = [
    REPOSITORY / "filext/postmortem" / name
    for name in (
        "asked.c",
        "blackboxcopy.c",
        "copying.c",
        "heldmemory.c",
        "touched.c",
        "readout.c",
        "unreported.c",
    )
]


def load_driver(name: str, folder: Path) -> ctypes.CDLL:
    """Compile tests/engine/c/`name` with the engine, and load it."""
    library = folder / "driver.so"
    driver = REPOSITORY / "tests/engine/c" / name
    line: list[str | Path] = [
        "cc",
        "-std=gnu11",
        "-O1",
        "-DFIL_DEBUG",
        "-shared",
        "-fPIC",
        "-o",
        library,
        driver,
        *SOURCES,
        "-lpthread",
    ]
    subprocess.run(line, check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.driver_peak.restype = loaded.driver_bound.restype = ctypes.c_int64
    for function in ("driver_allocate", "driver_free", "driver_reallocate"):
        getattr(loaded, function).restype = None
    return loaded


SERVE = f"import sys, {__name__}; sys.modules['{__name__}'].serve(*sys.argv[1:])"


class Apart:
    """A driver in a process of its own: where the engine ends it, its last sentence is the error,
    and the process of the tests goes on. Each thread of the caller has its own one in there."""

    def __init__(self, name: str, folder: Path) -> None:
        self.sentences = folder / "sentences"
        self.at = str(folder / "socket")
        self.own = threading.local()
        folders = os.pathsep.join((str(Path(__file__).parents[1]), *filter(None, sys.path)))
        with self.sentences.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, name, str(folder), self.at],
                env=os.environ | {"PYTHONPATH": folders},
                stdout=subprocess.PIPE,
                stderr=file,
            )
        assert self.process.stdout
        assert self.process.stdout.readline() == b"ready\n", self.said()

    def said(self) -> str:
        return self.sentences.read_text(errors="replace")

    def __getattr__(self, name: str) -> Callable[..., int]:
        """Calls a function of the driver. Arrays of int64 get what it wrote there."""
        if not name.startswith("driver_"):
            raise AttributeError(name)

        def call(*arguments: object) -> int:
            try:
                if not hasattr(self.own, "line"):
                    self.own.line = Client(self.at)
                sent = [list(one) if isinstance(one, ctypes.Array) else one for one in arguments]
                self.own.line.send((name, sent))
                result, written = self.own.line.recv()
            except (EOFError, OSError):
                code = self.process.wait()
                raise AssertionError(f"the engine ended ({code}): {self.said()}") from None
            for array, values in zip(arguments, written, strict=True):
                if isinstance(array, ctypes.Array):
                    array[:] = values
            return int(result or 0)

        return call

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


def answer(driver: ctypes.CDLL, line: Connection) -> None:
    with suppress(EOFError):
        while True:
            name, sent = line.recv()
            arguments = [
                (ctypes.c_int64 * len(one))(*one) if isinstance(one, list) else one for one in sent
            ]
            result = getattr(driver, name)(*arguments)
            written = [list(one) if isinstance(one, ctypes.Array) else None for one in arguments]
            line.send((result, written))


def serve(name: str, folder: str, at: str) -> None:
    """The process of `Apart`: answers each of its callers' threads in a thread of its own."""
    driver = load_driver(name, Path(folder))
    with Listener(at) as listener:
        print("ready", flush=True)
        while True:
            threading.Thread(target=answer, args=(driver, listener.accept()), daemon=True).start()


def address(place: int) -> ctypes.c_size_t:
    """Made-up addresses 16 MiB + 64 KiB apart, so that their blocks meet in no table entry."""
    return ctypes.c_size_t(0x10000000 + place * 0x1010000)
