# SPDX-License-Identifier: Apache-2.0
"""What the tests share: running programs plain and under the profiler."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parent.parent

for name in [name for name in os.environ if name.startswith("PYTHON")]:
    del os.environ[name]  # programs run as on any machine: PYTHONUNBUFFERED alone hid a fault


@dataclass
class Outcome:
    """How a program ended, and the report it left (None without one)."""

    returncode: int
    stdout: str
    stderr: str
    report: Path | None

    @property
    def program_stderr(self) -> str:
        """stderr without the profiler's own lines."""
        return "".join(
            line
            for line in self.stderr.splitlines(keepends=True)
            if not line.startswith("=fil-profile= ")
        )

    @property
    def stacks(self) -> list[tuple[str, int]]:
        """The stacks of peak-memory.prof, paths shortened to file names, with their bytes."""
        assert self.report is not None, self.stderr
        stacks = []
        for line in (self.report / "peak-memory.prof").read_text().splitlines():
            stack, _, count = line.rpartition(" ")
            stacks.append((re.sub(r"(^|;)[^;]*?/([^/;]+:\d+ )", r"\1\2", stack), int(count)))
        return stacks

    def bytes_at(self, stack: str) -> int:
        """The bytes of one stack, given as `file.py:12 (f);file.py:3 (g)`."""
        return sum(count for path, count in self.stacks if path == stack)


def run_plain(arguments: list[str], **options: object) -> Outcome:
    """Run `python arguments`."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, **options
    )  # type: ignore[call-overload]
    return Outcome(done.returncode, done.stdout, done.stderr, None)


def run_profiled(
    arguments: list[str],
    output: Path,
    command: str = "run",
    flags: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    **how: object,
) -> Outcome:
    """Run `python [flags] -m filprofiler [options] run arguments`, the report below `output`."""
    line = [
        sys.executable,
        *flags,
        "-m",
        "filprofiler",
        "-o",
        str(output),
        "--no-browser",
        *options,
        command,
        *arguments,
    ]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, **how)  # type: ignore[call-overload]
    reports = sorted(output.iterdir()) if output.exists() else []
    return Outcome(done.returncode, done.stdout, done.stderr, reports[-1] if reports else None)


def same(
    arguments: list[str], tmp_path: Path, flags: tuple[str, ...] = (), **options: object
) -> Outcome:
    """Run plain and profiled, and expect the same output and exit code; the profiled outcome."""
    plain, profiled = (
        run_plain([*flags, *arguments], **options),
        run_profiled(arguments, tmp_path / "out", flags=flags, **options),
    )
    assert profiled.stdout == plain.stdout
    assert profiled.program_stderr == plain.stderr
    assert profiled.returncode == plain.returncode
    return profiled


def shared(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]) -> Path:
    """Returns a folder that stays for the session, the same one in all of pytest's workers. The
    first that asks for it fills it."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, unfinished = base / f"shared-{name}", base / f"unfinished-{name}"
    with open(base / f"lock-{name}", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            fill(unfinished)
            unfinished.rename(folder)
    return folder


def soon(what: Callable[[], object]) -> bool:
    """Whether it comes true within a minute: what watches over a program ends a moment after it."""
    until = time.monotonic() + 60
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def threads_that_are_asked(times: int) -> str:
    """Returns a program that asks for a report so many times in each of four threads."""
    return f"""
import signal, threading
held = {{number: [str(number)] for number in range(100_000)}}
done = threading.Event()
threads = [threading.Thread(target=done.wait) for _ in range(4)]
for thread in threads: thread.start()
for _ in range({times}):
    for thread in threads: signal.pthread_kill(thread.ident, signal.SIGUSR2)
done.set()
for thread in threads: thread.join()
"""


COMPILERS = {".c": ["cc", "-std=gnu11"], ".cpp": ["g++", "-std=c++17"], ".f90": ["gfortran"]}


@pytest.fixture(scope="session")
def victim_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of victims: where their C, C++ and Fortran libraries are, which are compiled
    here.

    Without optimization and built-ins, under which a compiler may leave out an allocation that
    nobody looks at, and without warnings: victims misuse functions on purpose."""
    folder = tmp_path_factory.mktemp("libraries")
    for source in sorted((REPOSITORY / "tests/victims/c").iterdir()):
        compiler = COMPILERS[source.suffix]
        if shutil.which(compiler[0]):
            line = [*compiler, "-O0", "-fno-builtin", "-w", "-shared", "-fPIC", source, "-lpthread"]
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
    from notebooks import kernel

    with kernel(tmp_path_factory.mktemp("notebook")) as notebook:
        yield notebook


@pytest.fixture(scope="module")
def lab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A JupyterLab server and a tab of the browser, one per module."""
    from labs import Lab

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
    for source in sorted((REPOSITORY / "tests/faults/c").glob("*.c")):
        line = [
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
    from interpreters import Builds  # which needs this file

    return Builds(tmp_path_factory)
