# SPDX-License-Identifier: Apache-2.0
"""The C tests, compiled here: plain, and under the sanitizers."""

import re
import subprocess
from pathlib import Path

import pytest
from support.compiled import OPTIMIZED, SANITIZED, THREADS_SANITIZED, WARNINGS, objects
from support.running import REPOSITORY

SOURCES = [
    *(REPOSITORY / "filext/base").glob("*.c"),
    *(REPOSITORY / "filext/engine").glob("*.c"),
    *(REPOSITORY / "filext/platform").glob("*.c"),
]
FLAGS = {"plain": OPTIMIZED, "asan-ubsan": SANITIZED, "tsan": THREADS_SANITIZED}


NOUNS = [
    "arenas",
    "calltree",
    "counters",
    "ended",
    "largeblocks",
    "livetable",
    "ranges",
    "residency",
    "sidetable",
    "thread",
    "threadnames",
    "timeline",
]


def linked(
    factory: pytest.TempPathFactory, flags: tuple[str, ...], name: str, folder: Path
) -> Path:
    """Compile tests/engine/c/NAME.c, and link it with the engine."""
    test = REPOSITORY / f"tests/engine/c/{name}.c"
    line: list[str | Path] = [
        "cc",
        *flags,
        "-o",
        folder / name,
        test,
        *objects(factory, flags, SOURCES),
    ]
    subprocess.run([*line, "-lpthread"], check=True)
    return folder / name


@pytest.mark.parametrize("name", ["test_engine", "test_gate", "test_gatestorm", "test_givenwork"])
@pytest.mark.parametrize("build", FLAGS)
def test_engine(
    build: str, name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    program = linked(tmp_path_factory, FLAGS[build], name, tmp_path)
    done = subprocess.run([program], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "all good\n"), done.stderr


def test_checkpoints(tmp_path: Path) -> None:
    """When looks may be taken, on made-up clocks."""
    program = tmp_path / "test_checkpoints"
    subprocess.run(
        ["cc", *OPTIMIZED, "-o", program, REPOSITORY / "tests/engine/c/test_checkpoints.c"],
        check=True,
    )
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "all good\n"), done.stderr


def test_lock_order(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A planted wrong order, and everything else that is wrong with a lock, ends the process."""
    program = linked(tmp_path_factory, OPTIMIZED, "test_lockorder", tmp_path)
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "all good\n"), done.stderr


def test_locks_are_ranked_and_asserted() -> None:
    """Each rank has one lock, and each `_locked` function asserts that its lock is held."""
    code = {path: path.read_text() for path in (REPOSITORY / "filext").glob("*/*.[ch]")}
    listed = re.findall(r"^    (FIL_LOCK_\w+),", code[REPOSITORY / "filext/base/lockorder.h"], re.M)
    given = [rank for text in code.values() for rank in re.findall(r"SPINLOCK\((FIL_\w+)", text)]
    assert sorted(given) == sorted({*listed} - {"FIL_LOCK_UNRANKED"})
    functions = [
        (path.name, *found)
        for path, text in code.items()
        for found in re.findall(r"^\w[^;{}()]*?(\w+_locked)\([^;{}]*\) \{\n(.*)", text, re.M)
    ]
    assert len(functions) > 35
    bare = [name for name in functions if "fil_spinlock_assert_held(" not in name[2]]
    assert not bare


@pytest.fixture(scope="module")
def unoptimized(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The engine, compiled file by file."""
    return objects(tmp_path_factory, (*WARNINGS, "-O0"), SOURCES)


@pytest.mark.parametrize("noun", NOUNS)
def test_what_is_not_valid_is_seen(noun: str, unoptimized: list[Path], tmp_path: Path) -> None:
    """In each of the engine's nouns everything that its `_is_valid` looks at is spoilt once."""
    source = next(path for path in SOURCES if path.name == f"{noun}.c")
    test, others = (
        REPOSITORY / "tests/engine/c/test_validity.c",
        [path for path in unoptimized if path.stem != noun],
    )
    names = [f"-DNOUN_{noun}", f'-DNOUN_FILE="{source}"']
    subprocess.run(
        ["cc", *WARNINGS, *names, "-O0", "-o", tmp_path / noun, test, *others, "-lpthread"],
        check=True,
    )
    done = subprocess.run([tmp_path / noun], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "all seen\n"), done.stderr
