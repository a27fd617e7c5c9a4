# SPDX-License-Identifier: Apache-2.0
"""The walker on every CPython from 3.11 to 3.15 that this machine has: the same victims, the same lines."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY, Outcome

VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
SHIM = [*(REPOSITORY / "filext/engine").glob("*.c"), *(REPOSITORY / "filext/platform").glob("*.c"), *(REPOSITORY / "filext/shim").glob("*.c")]
EXTENSION = [
    *(REPOSITORY / "filext").glob("*.c"),
    *(REPOSITORY / "filext/walker").glob("*.c"),
    *(REPOSITORY / "report").glob("*.c"),
    REPOSITORY / "filext/engine/own.c",
    REPOSITORY / "filext/platform/os_linux.c",
]


def interpreter(version: str) -> str | None:
    """The path of an interpreter of this version, or None."""
    pyenv = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python{version}"))
    return str(pyenv[-1]) if pyenv else shutil.which(f"python{version}")


def build(python: str, folder: Path) -> None:
    """Compile shim and extension for this interpreter into `folder`."""
    include = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"], text=True).strip()
    if not Path(include, "internal/pycore_frame.h").exists():
        pytest.skip(f"{python} has no development headers")
    web = [REPOSITORY / "report/web" / name for name in ("page.html", "page.css", "page.js", "svg.css", "svg.js")]
    subprocess.run([sys.executable, REPOSITORY / "report/web/embed.py", folder / "assets.h", *web], check=True)
    common = ["cc", "-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*common, "-fno-builtin", "-o", folder / "shim.so", *SHIM, "-ldl", "-lpthread"], check=True)
    python_flags = ["-DPy_BUILD_CORE_MODULE", '-DFIL_VERSION="test"', "-isystem", include, "-isystem", f"{include}/internal", f"-I{folder}"]
    subprocess.run([*common, *python_flags, "-o", folder / "extension.so", *EXTENSION, "-lcjson", "-lm", "-ldl", "-lpthread"], check=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_lines(version: str, tmp_path: Path) -> None:
    python = interpreter(version)
    if not python:
        pytest.skip(f"this machine has no Python {version}")
    build(python, tmp_path)
    settings = {"MODE": "run", "EXTENSION": str(tmp_path / "extension.so"), "OUTPUT": str(tmp_path)}
    environment = os.environ | {f"_FIL_{name}": value for name, value in settings.items()} | {"LD_PRELOAD": str(tmp_path / "shim.so")}
    for name in ("lines", "reused_code"):
        victim = REPOSITORY / f"tests/victims/{name}.py"
        done = subprocess.run([python, victim], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        outcome = Outcome(done.returncode, done.stdout, done.stderr, tmp_path)
        expected = re.findall(r"# expect: (\d+) at (.+)", victim.read_text())
        assert expected
        for size, stack in expected:
            assert outcome.bytes_at(stack.strip()) == pytest.approx(int(size), rel=0.01), f"{version}: {stack}"
