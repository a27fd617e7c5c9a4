# SPDX-License-Identifier: Apache-2.0
"""The CPythons of this machine, and shim and extension for each of them, compiled once for all
tests and all of pytest's workers."""

import os
import shutil
import subprocess
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


def compile_shim(folder: Path) -> None:
    subprocess.run(
        [*COMPILE, "-shared", "-fno-builtin", "-o", folder / "shim.so", *SHIM, "-ldl", "-lpthread"],
        check=True,
    )


def compile_for_every_python(folder: Path) -> None:
    write_headers(folder)
    subprocess.run([*COMPILE, f"-I{folder}", "-c", *FOR_EVERY_PYTHON], check=True, cwd=folder)


class Builds:
    """Compiles shim and extension. Compiled files stay for the session; what knows no Python is
    compiled for all of them."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self.factory = factory

    def environment(self, python: str, output: Path, *flagged: str) -> dict[str, str]:
        """Returns the environment in which `python` records a whole program, with the report in
        `output`.

        `flagged`: a file of the extension, below filext, and the compiler's further flags for
        it."""
        shim, extension = (
            shared(self.factory, "shim", compile_shim) / "shim.so",
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
            *COMPILE,
            "-DPy_BUILD_CORE_MODULE",
            "-isystem",
            include,
            "-isystem",
            f"{include}/internal",
        ]
        name = include.strip("/").replace("/", "-")
        common = shared(self.factory, "every-python", compile_for_every_python)
        own = shared(
            self.factory,
            name,
            lambda folder: subprocess.run(
                [*compiler, "-c", *FOR_ONE_PYTHON], check=True, cwd=folder
            ),
        )

        def link(folder: Path) -> None:
            source, flags = [REPOSITORY / "filext" / path for path in flagged[:1]], flagged[1:]
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
            shared(self.factory, f"{name}-extension{''.join(flagged).replace('/', '-')}", link)
            / "extension.so"
        )
