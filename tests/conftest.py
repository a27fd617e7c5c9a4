# SPDX-License-Identifier: Apache-2.0
"""What the tests share: the environment that they start in, browsers, kernels, control groups."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.interpreters import Builds
from support.running import REPOSITORY, soon

for name in [name for name in os.environ if name.startswith("PYTHON")]:
    del os.environ[name]  # programs run as on any machine: PYTHONUNBUFFERED alone hid a fault

COMPILERS = {".c": ["cc", "-std=gnu11"], ".cpp": ["g++", "-std=c++17"], ".f90": ["gfortran"]}


@pytest.fixture(scope="session")
def victim_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of victims: where their C, C++ and Fortran libraries are, which are compiled
    here.

    Without optimization and built-ins, under which a compiler may leave out an allocation that
    is never read, and without warnings: victims misuse functions on purpose."""
    folder = tmp_path_factory.mktemp("libraries")
    for source in sorted((REPOSITORY / "tests/victims/c").iterdir()):
        compiler = COMPILERS[source.suffix]
        if shutil.which(compiler[0]):
            flags = ["-O0", "-fno-builtin", "-w", "-shared", "-fPIC"]
            line: list[str | Path] = [*compiler, *flags, source, "-lpthread"]
            if source.suffix == ".f90":
                line.remove("-fno-builtin")
            subprocess.run(
                [*line, "-o", folder / f"{source.stem}.so"], check=True, cwd=folder
            )  # gfortran leaves a .mod file
    return os.environ | {"VICTIM_LIBRARIES": str(folder)}


@pytest.fixture(autouse=True)
def _no_leftovers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests start elsewhere: nothing is written into the repository, and no package is found there
    by accident."""
    monkeypatch.chdir(tmp_path)
    assert "LD_PRELOAD" not in os.environ or "filshim" not in os.environ["LD_PRELOAD"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The machine's Chromium, driven by playwright. One per module: its event loop must not outlive
    the module's tests."""
    executable = shutil.which("chromium")
    if not executable:
        pytest.skip("this machine has no chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


def leave(group: Path) -> None:
    """Remove a control group, once it is empty."""
    assert soon(lambda: not (group / "cgroup.procs").read_text())
    group.rmdir()


@pytest.fixture(scope="module")
def fil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A kernel "Python 3 with Fil" in a folder of its own, one per module."""
    from support.notebooks import kernel  # Jupyter isn't where the libraries are measured

    with kernel(tmp_path_factory.mktemp("notebook")) as notebook:
        yield notebook


@pytest.fixture(scope="module")
def lab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A JupyterLab server and a tab of the browser, one per module."""
    from support.labs import Lab

    lab = Lab(browser, tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture
def control_group() -> Iterator[Path]:
    """A memory control group of 400 MiB, where this machine lets us make one."""
    candidates = [
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        (Path("/sys/fs/cgroup"), "memory.max"),
    ]
    for parent, limit in candidates:
        if not (parent / "cgroup.procs").exists():
            continue
        group = parent / f"filprofiler-{os.getpid()}"
        try:
            group.mkdir()
            (group / limit).write_text(str(400 << 20))
        except OSError:
            if group.exists():
                group.rmdir()
            continue
        yield group
        leave(group)
        return
    pytest.skip("no memory control group can be made on this machine")


@pytest.fixture(scope="session")
def fault_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of tests/faults: where their C libraries are, which are compiled here."""
    folder = tmp_path_factory.mktemp("faults")
    for source in sorted((REPOSITORY / "tests/faults/programs/c").glob("*.c")):
        line: list[str | Path] = [
            "cc",
            "-std=gnu11",
            "-O1",
            "-fno-builtin",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-shared",
            "-fPIC",
            source,
            "-lpthread",
        ]
        subprocess.run([*line, "-o", folder / f"{source.stem}.so"], check=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return own | {"FAULT_LIBRARIES": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `interpreters.Builds` compiles, for all tests."""
    return Builds(tmp_path_factory)
