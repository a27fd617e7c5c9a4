# SPDX-License-Identifier: Apache-2.0
"""C files compiled once with the same flags, for all tests and all of pytest's workers."""

import hashlib
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from support.generated import write_headers
from support.running import REPOSITORY, shared

WARNINGS = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-DFIL_DEBUG")
OPTIMIZED = (*WARNINGS, "-O2")
SANITIZED = (*WARNINGS, "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
THREADS_SANITIZED = (*WARNINGS, "-g", "-O1", "-fsanitize=thread")


def _compile(room: Path, flags: Sequence[str], headers: Path, folder: Path) -> None:
    """Compile all C files of a room."""
    line: list[str | Path] = [
        "cc",
        *flags,
        '-DFIL_VERSION="test"',
        f"-I{headers}",
        "-c",
        *sorted(room.glob("*.c")),
    ]
    subprocess.run(line, check=True, cwd=folder)


def objects(
    factory: pytest.TempPathFactory, flags: Sequence[str], sources: Iterable[Path]
) -> list[Path]:
    """Return what these C files of the product are compiled to with these flags. The first that
    asks for a file compiles all of its room."""
    headers = shared(factory, "headers", write_headers)
    number = hashlib.sha256(" ".join(flags).encode()).hexdigest()[:8]

    def compiled(source: Path) -> Path:
        room = source.parent
        name = f"{str(room.relative_to(REPOSITORY)).replace('/', '-')}-{number}"
        folder = shared(factory, name, lambda folder: _compile(room, flags, headers, folder))
        return folder / f"{source.stem}.o"

    return [compiled(source) for source in sources]
