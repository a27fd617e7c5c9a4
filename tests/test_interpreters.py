# SPDX-License-Identifier: Apache-2.0
"""The walker on every CPython from 3.11 to 3.15 that this machine has: the same victims, the same lines."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import expectations
import pytest
from conftest import REPOSITORY, Outcome

WALKS = REPOSITORY / "tests/walks"
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
SHIM = [
    *(REPOSITORY / "filext/engine").glob("*.c"),
    *(REPOSITORY / "filext/platform").glob("*.c"),
    *(REPOSITORY / "filext/shim").glob("*.[cS]"),
]
EXTENSION = [
    *(REPOSITORY / "filext").glob("*.c"),
    *(REPOSITORY / "filext/walker").glob("*.c"),
    *(REPOSITORY / "report").glob("*.c"),
    *(REPOSITORY / "filext/engine" / name for name in ("frozenfullest.c", "frozentree.c", "own.c", "snapshot.c", "timeline.c")),
    *(REPOSITORY / "filext/postmortem" / name for name in ("boxed.c", "unbox.c", "unreported.c")),
    *(REPOSITORY / "filext/platform" / name for name in ("os_linux.c", "proc_linux.c", "process_linux.c")),
]


def interpreter(version: str) -> str | None:
    """The path of an interpreter of this version, or None."""
    pyenv = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python{version}"))
    return str(pyenv[-1]) if pyenv else shutil.which(f"python{version}")


def build(python: str, folder: Path, *flags: str) -> None:
    """Compile shim and extension for this interpreter into `folder`."""
    include = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"], text=True).strip()
    if not Path(include, "internal/pycore_frame.h").exists():
        pytest.skip(f"{python} has no development headers")
    names = re.findall(r"'(web/(?!embed)[^']+)'", (REPOSITORY / "report/meson.build").read_text())
    web = [REPOSITORY / "report" / name for name in names]
    subprocess.run([sys.executable, REPOSITORY / "report/web/embed.py", folder / "assets.h", *web], check=True)
    subprocess.run([sys.executable, REPOSITORY / "report/encodingtables.py", folder / "encodingtables.h"], check=True)
    common = ["cc", "-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*common, "-fno-builtin", "-o", folder / "shim.so", *SHIM, "-ldl", "-lpthread"], check=True)
    python_flags = ["-DPy_BUILD_CORE_MODULE", '-DFIL_VERSION="test"', "-isystem", include, "-isystem", f"{include}/internal", f"-I{folder}"]
    subprocess.run(
        [*common, *python_flags, *flags, "-o", folder / "extension.so", *EXTENSION, "-lcjson", "-lm", "-ldl", "-lpthread"], check=True
    )


def preloaded(folder: Path) -> dict[str, str]:
    """The environment in which Python records a whole program with what `build` made in `folder`."""
    settings = {"MODE": "run", "EXTENSION": str(folder / "extension.so"), "OUTPUT": str(folder)}
    return os.environ | {f"_FIL_{name}": value for name, value in settings.items()} | {"LD_PRELOAD": str(folder / "shim.so")}


WALK_TESTS = [
    "test_generators",
    "test_coroutines",
    "test_asyncgen",
    "test_contextlib",
    "test_frame",
    "test_scope",
    "test_yield_from",
    "test_with",
    "test_super",
    "test_importlib",
    "test_threading_local",
    "test_dataclasses",
]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_walk_against_a_whole_walk(version: str, tmp_path: Path) -> None:
    """CPython's own tests of everything that has frames, each allocation's stack compared with one taken without a memo."""
    python = interpreter(version)
    if not python:
        pytest.skip(f"this machine has no Python {version}")
    if subprocess.run([python, "-c", "import test.test_frame"], capture_output=True).returncode:
        pytest.skip(f"{python} comes without CPython's tests")
    build(python, tmp_path, "-DFIL_VERIFY")
    command = [python, "-m", "test", "-q", *WALK_TESTS]
    plain, verified = (subprocess.run(command, env=env, capture_output=True, text=True) for env in (None, preloaded(tmp_path)))
    assert "differs" not in verified.stderr and "Peak memory" in verified.stderr
    assert verified.returncode == plain.returncode, verified.stdout[-3000:] + verified.stderr[-3000:]


@pytest.mark.parametrize("program", ["switching", "stale", "generations", "executors"])
@pytest.mark.parametrize("version", VERSIONS)
def test_hostile_programs_against_a_whole_walk(version: str, program: str, tmp_path: Path) -> None:
    """The same for programs written for it; greenlets only in the Python that runs the tests, which has them."""
    python = sys.executable if sys.version.startswith(f"{version}.") else interpreter(version)
    if not python:
        pytest.skip(f"this machine has no Python {version}")
    build(python, tmp_path, "-DFIL_VERIFY")
    command = [python, WALKS / f"{program}.py"]
    done = subprocess.run(command, env=preloaded(tmp_path), capture_output=True, text=True, timeout=300)
    assert done.stdout == "done\n", done.stderr[-3000:]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recursion_is_not_walked_again_on_each_level(version: str, tmp_path: Path) -> None:
    """A walk of all that is remembered would look at 4,500,000 frames."""
    python = interpreter(version)
    if not python:
        pytest.skip(f"this machine has no Python {version}")
    build(python, tmp_path, "-DFIL_VERIFY")
    command = [python, WALKS / "recursion.py", tmp_path / "extension.so"]
    done = subprocess.run(command, env=preloaded(tmp_path), capture_output=True, text=True, timeout=300)
    assert 3000 < int(done.stdout) < 60_000, done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_victims(version: str, tmp_path: Path, victim_environment: dict[str, str]) -> None:
    """Every victim of tests/victims that can run there: all their figures, on all these interpreters."""
    python = interpreter(version)
    if not python:
        pytest.skip(f"this machine has no Python {version}")
    build(python, tmp_path)
    failed = []
    for victim in sorted((REPOSITORY / "tests/victims").glob("*.py")):
        if expectations.missing(victim, python):
            continue
        environment = victim_environment | preloaded(tmp_path)
        done = subprocess.run([python, victim], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        peak_bytes = json.loads((tmp_path / "peak-memory.json").read_text())["peak_bytes"]
        try:
            expectations.check(victim, Outcome(done.returncode, done.stdout, done.stderr, tmp_path), peak_bytes)
        except AssertionError as error:
            failed.append(f"{victim.name}: {error}")
    assert not failed, f"{version}: " + "\n".join(failed)


OBJECTS = "kept = [[str(number), {'a': number, 'b': [float(number)]}, bytes(3000)] for number in range(20_000)]"


@pytest.mark.parametrize("version", VERSIONS[2:])
def test_objects_in_mimallocs_arenas_count_once(version: str, tmp_path: Path) -> None:
    """The interpreter maps its arena before the recording; what lies in there is told of by Python's allocators."""
    python = interpreter(version)
    if not python:
        pytest.skip(f"this machine has no Python {version}")
    build(python, tmp_path)
    peaks = {}
    for allocator in ("pymalloc", "mimalloc"):
        environment = preloaded(tmp_path) | {"PYTHONMALLOC": allocator}
        subprocess.run([python, "-c", OBJECTS], env=environment, capture_output=True, check=True)
        peaks[allocator] = json.loads((tmp_path / "peak-memory.json").read_text())["peak_bytes"]
    assert peaks["pymalloc"] > 60_000_000
    assert peaks["mimalloc"] == pytest.approx(peaks["pymalloc"], rel=0.01)


STARTS = {
    "-m nope": False,
    "folder": False,
    "wrong.py": False,
    "-m wrong": False,
    "-c 1/": True,
    "ends.py": True,
    "-m ends": True,
    "whole": True,
    "-c exit(3)": True,
    "-m json.tool nowhere": True,
}


@pytest.mark.parametrize("version", VERSIONS)
def test_only_a_program_that_began_has_a_report(version: str, tmp_path: Path) -> None:
    """Interpreters import other modules before a program, and others again to show its error."""
    python = interpreter(version)
    if not python:
        pytest.skip(f"this machine has no Python {version}")
    build(python, tmp_path)
    for folder in ("folder", "whole"):
        (tmp_path / folder).mkdir()
    (tmp_path / "whole/__main__.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "wrong.py").write_text("def f(:\n")
    (tmp_path / "ends.py").write_text("import nowhere\n")
    for line, begins in STARTS.items():
        command = [python, *line.split()]
        done = subprocess.run(command, env=preloaded(tmp_path), cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode != 0 and ("Wrote the report" in done.stderr) == begins, (line, done.stderr)
        assert ("the program didn't begin" in done.stderr) != begins
