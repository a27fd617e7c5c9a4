# SPDX-License-Identifier: Apache-2.0
"""The C engine for tests in Python: compiled with a driver that takes made-up addresses and stacks,
and checks after each event what the engine promises of itself (tests/engine/c/validity.h)."""

import ctypes
import subprocess
from pathlib import Path

from support.running import REPOSITORY

SOURCES = [
    *(REPOSITORY / "filext/base").glob("*.c"),
    *(REPOSITORY / "filext/engine").glob("*.c"),
    *(REPOSITORY / "filext/platform").glob("*.c"),
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


def address(place: int) -> ctypes.c_size_t:
    """Made-up addresses 16 MiB + 64 KiB apart, so that their blocks meet in no table entry."""
    return ctypes.c_size_t(0x10000000 + place * 0x1010000)
