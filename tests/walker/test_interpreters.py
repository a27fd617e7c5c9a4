# SPDX-License-Identifier: Apache-2.0
"""The walker on every CPython from 3.11 to 3.15 that this machine has: the same victims, the same
lines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import expectations
from support.interpreters import VERSIONS, Builds, interpreter
from support.running import REPOSITORY, Outcome

WALKS = REPOSITORY / "tests/walker/walks"
VERIFIED = ("walker/walk.c", "walker/hooks.c", "-DFIL_VERIFY")


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
def test_every_walk_against_a_whole_walk(version: str, tmp_path: Path, builds: Builds) -> None:
    """CPython's own tests of everything that has frames, each allocation's stack compared with one
    taken without a memo."""
    python = interpreter(version)
    if subprocess.run([python, "-c", "import test.test_frame"], capture_output=True).returncode:
        pytest.skip(f"{python} comes without CPython's tests")
    environment = builds.environment(python, tmp_path, *VERIFIED)
    command = [python, "-m", "test", "-q", *WALK_TESTS]
    plain, verified = (
        subprocess.run(command, env=env, capture_output=True, text=True)
        for env in (None, environment)
    )
    assert "differs" not in verified.stderr and "Peak memory" in verified.stderr
    assert verified.returncode == plain.returncode, (
        verified.stdout[-3000:] + verified.stderr[-3000:]
    )


@pytest.mark.parametrize("program", ["switching", "stale", "generations", "executors", "gate"])
@pytest.mark.parametrize("version", VERSIONS)
def test_hostile_programs_against_a_whole_walk(
    version: str, program: str, tmp_path: Path, builds: Builds
) -> None:
    """The same for programs written for it; greenlets only in the Python that runs the tests, which
    has them."""
    python = sys.executable if sys.version.startswith(f"{version}.") else interpreter(version)
    command = [python, str(WALKS / f"{program}.py")]
    done = subprocess.run(
        command,
        env=builds.environment(python, tmp_path, *VERIFIED),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout == "done\n", done.stderr[-3000:]


def test_what_the_gate_promises_holds_at_each_event(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The storm of what closes the gate, in a build that looks whenever it is open."""
    builds = Builds(tmp_path_factory, "debug")
    environment = builds.environment(sys.executable, tmp_path, *VERIFIED)
    command = [sys.executable, str(WALKS / "gate.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-3000:]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recursion_is_not_walked_again_on_each_level(
    version: str, tmp_path: Path, builds: Builds
) -> None:
    """A walk of all that is remembered would look at 4,500,000 frames."""
    python = interpreter(version)
    environment = builds.environment(python, tmp_path, *VERIFIED)
    command = [python, str(WALKS / "recursion.py"), environment["_FIL_EXTENSION"]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert 3000 < int(done.stdout) < 60_000, done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_victims(
    version: str, tmp_path: Path, victim_environment: dict[str, str], builds: Builds
) -> None:
    """Every victim of tests/victims that can run there: all their figures, on all these
    interpreters."""
    python = interpreter(version)
    environment = victim_environment | builds.environment(python, tmp_path)
    failed = []
    for victim in sorted((REPOSITORY / "tests/victims").glob("*.py")):
        if expectations.missing(victim, python):
            continue
        done = subprocess.run(
            [python, victim], env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        peak_bytes = json.loads((tmp_path / "peak-memory.json").read_text())["peak_bytes"]
        try:
            expectations.check(
                victim, Outcome(done.returncode, done.stdout, done.stderr, tmp_path), peak_bytes
            )
        except AssertionError as error:
            failed.append(f"{victim.name}: {error}")
    assert not failed, f"{version}: " + "\n".join(failed)


OBJECTS = (
    "kept = [[str(number), {'a': number, 'b': [float(number)]}, bytes(3000)] for number in "
    "range(20_000)]"
)


@pytest.mark.parametrize("version", VERSIONS[2:])
def test_objects_in_mimallocs_arenas_count_once(
    version: str, tmp_path: Path, builds: Builds
) -> None:
    """The interpreter maps its arena before the recording; what lies in there is told of by
    Python's allocators."""
    python = interpreter(version)
    environment = builds.environment(python, tmp_path)
    peaks = {}
    for allocator in ("pymalloc", "mimalloc"):
        subprocess.run(
            [python, "-c", OBJECTS],
            env=environment | {"PYTHONMALLOC": allocator},
            capture_output=True,
            check=True,
        )
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
def test_only_a_program_that_began_has_a_report(
    version: str, tmp_path: Path, builds: Builds
) -> None:
    """Interpreters import other modules before a program, and others again to show its error."""
    python = interpreter(version)
    environment = builds.environment(python, tmp_path)
    for folder in ("folder", "whole"):
        (tmp_path / folder).mkdir()
    (tmp_path / "whole/__main__.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "wrong.py").write_text("def f(:\n")
    (tmp_path / "ends.py").write_text("import nowhere\n")
    for line, begins in STARTS.items():
        command = [python, *line.split()]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode != 0 and ("Wrote the report" in done.stderr) == begins, (
            line,
            done.stderr,
        )
        assert ("the program didn't begin" in done.stderr) != begins
