# SPDX-License-Identifier: Apache-2.0
"""The CPythons of this machine, and shim and extension for each of them, compiled once for all
tests and all of pytest's workers."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from support.engine import ENGINES_READERS, READOUT
from support.generated import write_headers
from support.running import REPOSITORY, shared

VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
SHIM = [
    *(REPOSITORY / "filext/base").glob("*.c"),
    *(REPOSITORY / "filext/engine").glob("*.c"),
    *(REPOSITORY / "filext/platform").glob("*.c"),
    *(REPOSITORY / "filext/shim").glob("*.[cS]"),
]
# The extension's sources that include Python's headers, or may, and the others.
FOR_ONE_PYTHON = [
    *(REPOSITORY / "filext/extension").glob("*.c"),
    *(REPOSITORY / "filext/walker").glob("*.c"),
]
FOR_EVERY_PYTHON = [
    *(REPOSITORY / "report").glob("*.c"),
    *ENGINES_READERS,
    *(REPOSITORY / "filext/base").glob("*.c"),
    *READOUT,
    *(
        REPOSITORY / "filext/platform" / name
        for name in ("os_linux.c", "proc_linux.c", "process_linux.c")
    ),
]
COMPILE = [
    "cc",
    "-std=gnu11",
    "-O2",
    "-fPIC",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
    "-Werror",
    '-DFIL_VERSION="test"',
]
LIBRARIES = ["-lcjson", "-lm", "-ldl", "-lpthread"]


def interpreter(version: str) -> str:
    """Returns the path of an interpreter of this version, and skips the test where there is
    none."""
    pyenv = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python{version}"))
    python = str(pyenv[-1]) if pyenv else shutil.which(f"python{version}")
    if not python:
        pytest.skip(f"this machine has no Python {version}")
    return python


def compile_shim(compiler: list[str], folder: Path) -> None:
    line: list[str | Path] = [*compiler, "-shared", "-fno-builtin", "-o", folder / "shim.so"]
    subprocess.run([*line, *SHIM, "-ldl", "-lpthread"], check=True)


def compile_for_every_python(compiler: list[str], folder: Path) -> None:
    write_headers(folder)
    subprocess.run([*compiler, f"-I{folder}", "-c", *FOR_EVERY_PYTHON], check=True, cwd=folder)


class Builds:
    """Compiles shim and extension. Compiled files stay for the session; what knows no Python is
    compiled for all of them.

    `kind`: "debug" checks at each event what the engine promises of itself, as told in
    filext/base/debug.h."""

    def __init__(self, factory: pytest.TempPathFactory, kind: str = "") -> None:
        self.factory = factory
        self.kind = kind
        self.compiler = [*COMPILE, *(["-DFIL_DEBUG"] if kind == "debug" else [])]

    def _shared(self, name: str, fill: Callable[[Path], object]) -> Path:
        return shared(self.factory, f"{self.kind}{name}", fill)

    def environment(self, python: str, output: Path, *flagged: str) -> dict[str, str]:
        """Returns the environment in which `python` records a whole program, with the report in
        `output`.

        `flagged`: files of the extension, below filext, and the compiler's further flags for
        them."""
        shim, extension = (
            self._shared("shim", partial(compile_shim, self.compiler)) / "shim.so",
            self._extension(python, *flagged),
        )
        settings = {"MODE": "run", "EXTENSION": str(extension), "OUTPUT": str(output)}
        return (
            os.environ
            | {f"_FIL_{name}": value for name, value in settings.items()}
            | {"LD_PRELOAD": str(shim)}
        )

    def _extension(self, python: str, *flagged: str) -> Path:
        include = subprocess.check_output(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"], text=True
        ).strip()
        if not Path(include, "internal/pycore_frame.h").exists():
            pytest.skip(f"{python} has no development headers")
        compiler = [
            *self.compiler,
            "-DPy_BUILD_CORE_MODULE",
            "-isystem",
            include,
            "-isystem",
            f"{include}/internal",
        ]
        name = include.strip("/").replace("/", "-")
        common = self._shared("every-python", partial(compile_for_every_python, self.compiler))
        own = self._shared(
            name,
            lambda folder: subprocess.run(
                [*compiler, "-c", *FOR_ONE_PYTHON], check=True, cwd=folder
            ),
        )

        def link(folder: Path) -> None:
            source = [REPOSITORY / "filext" / path for path in flagged if path.endswith(".c")]
            flags = flagged[len(source) :]
            others = [
                path
                for path in (*common.glob("*.o"), *own.glob("*.o"))
                if path.stem not in [one.stem for one in source]
            ]
            subprocess.run(
                [
                    *compiler,
                    *flags,
                    "-shared",
                    "-o",
                    folder / "extension.so",
                    *source,
                    *others,
                    *LIBRARIES,
                ],
                check=True,
            )

        return (
            self._shared(f"{name}-extension{''.join(flagged).replace('/', '-')}", link)
            / "extension.so"
        )
