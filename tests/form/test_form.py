# SPDX-License-Identifier: Apache-2.0
"""Form: linters, formatters, types, and which room may know which."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import rooms
from support.running import REPOSITORY


def c_files() -> list[Path]:
    return rooms.c_files(REPOSITORY, rooms.read_law())


def test_the_law_of_the_rooms_holds() -> None:
    """No room and no file knows what it may not, and none know each other in a circle."""
    assert rooms.faults() == []


def test_the_rooms_are_drawn_as_they_are() -> None:
    text = (REPOSITORY / rooms.PAGE).read_text()
    assert rooms.page_with(text) == text, "run ./dev rooms"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code and its law, to be spoilt."""
    for folder in ("filext", "report", "src", "kernel", "jupyter"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    (tmp_path / "docs").mkdir()
    shutil.copy(REPOSITORY / rooms.LAW, tmp_path / rooms.LAW)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        (
            "filext/engine/calltree.c",
            '#include "../walker/walk.h"',
            "filext/engine may not know filext/walker",
        ),
        (
            "report/folded.c",
            '#  include "../filext/engine/paths.h"',
            "report may not know filext/engine",
        ),
        (
            "src/filprofiler/sizes.py",
            "import filprofiler.jupyter.cells",
            "src/filprofiler may not know jupyter",
        ),
        (
            "src/filprofiler/sizes.py",
            "def late():\n    from .kernel import launcher",
            "src/filprofiler may not know kernel",
        ),
        (
            "src/filprofiler/console.py",
            "from filprofiler import cli",
            "src/filprofiler may not know doors",
        ),
        (
            "src/filprofiler/sizes.py",
            "def late():\n    from . import tables",
            "know each other",
        ),
        (
            "jupyter/options.py",
            "from .runs import Runs",
            "know each other",
        ),
        (
            "filext/walker/text.c",
            '#include "walk.h"',
            "know each other",
        ),
        (
            "filext/engine/fullest.c",
            '#include "counters.h"',
            "know each other",
        ),
    ],
)
def test_a_planted_arrow_is_seen(file: str, line: str, fault: str, copy: Path) -> None:
    assert rooms.faults(copy) == []
    with (copy / file).open("a") as planted:
        planted.write(f"\n{line}\n")
    found = rooms.faults(copy)
    spoilt = file.removesuffix(".c")
    assert any(spoilt in one and fault in one for one in found), found


def test_a_law_with_a_circle_or_without_a_use_is_seen(copy: Path) -> None:
    law = (copy / rooms.LAW).read_text()
    (copy / rooms.LAW).write_text(law.replace("knows = []", 'knows = ["filext/engine"]', 1))
    found = rooms.faults(copy)
    assert any("the law has a circle" in one and "filext/base" in one for one in found), found
    assert any("filext/platform needn't know filext/engine" in one for one in found), found


def test_python_and_the_system_stay_in_their_rooms() -> None:
    for path in c_files():
        text, room = path.read_text(), str(path.parent.relative_to(REPOSITORY))
        assert text.startswith("/* SPDX-License-Identifier: Apache-2.0 */"), path
        assert len(text.splitlines()) <= (480 if path.suffix == ".c" else 150), path
        if room in (
            "filext/base",
            "filext/engine",
            "filext/shim",
            "filext/platform",
            "filext/postmortem",
            "filext/record",
            "report",
        ):
            assert "Python.h" not in text, path
        if room != "filext/walker":
            assert not re.search(r"#\s*if.*PY_VERSION_HEX", text), path
        if room != "filext/platform":
            assert "__linux__" not in text, path


def test_c_files_open_with_what_they_own_and_say_why() -> None:
    """The engine has 15 to 25 % comment lines in all; each file's first two sentences are there."""
    counts = {"comments": 0, "lines": 0}
    for path in c_files():
        if path.suffix != ".c":
            continue
        text = path.read_text()
        opening = re.match(r"/\* SPDX[^\n]*\n/\* (Owns .*?)(\*/|\n \*\n)", text, re.S)
        assert opening and len(re.findall(r"[.;:](?=\s|$)", opening[1])) >= 2, path
        if path.parent.name == "engine":
            comments = re.findall(r"/\*.*?\*/", text.partition("\n")[2], re.S)
            counts["comments"] += sum(comment.count("\n") + 1 for comment in comments)
            counts["lines"] += sum(bool(line.strip()) for line in text.splitlines())
    assert 0.15 < counts["comments"] / counts["lines"] < 0.25, counts


def imported(path: Path) -> set[str]:
    """The modules that a file of Python imports."""
    statements = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for one in statements if isinstance(one, ast.Import) for alias in one.names}
    return names | {str(one.module) for one in statements if isinstance(one, ast.ImportFrom)}


def test_no_test_imports_a_test() -> None:
    """What tests share stands in tests/support, which knows none of them."""
    tests = REPOSITORY / "tests"
    files = [*tests.glob("*/test_*.py"), *(tests / "support").glob("*.py")]
    assert len(files) > 90
    for path in files:
        last = {name.rpartition(".")[2] for name in imported(path)}
        assert not {name for name in last if name.startswith(("test_", "conftest"))}, path


def texts(root: Path = REPOSITORY) -> dict[str, str]:
    """Return the text of each file that git knows or would add, by its path; images have none."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=root, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"which files belong to the project is git's to say: {done.stderr.strip()}")
    found = {}
    for name in done.stdout.split("\0"):
        content = (root / name).read_bytes() if (root / name).is_file() else b"\0"
        if b"\0" not in content:
            found[name] = content.decode()
    return found


# Words that a reader whose second language is English stumbles over; names are held to it too.
HARD_WORDS = re.compile(r"whoeve[r]|nobod[y]|somebod[y]|a[n]ew", re.IGNORECASE)


def hard_words(root: Path) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts(root).items()
        for number, line in enumerate(text.splitlines(), 1)
        if HARD_WORDS.search(line)
    ]


def test_the_words_are_plain() -> None:
    assert len(texts()) > 400
    assert hard_words(REPOSITORY) == []


@pytest.mark.parametrize("word", ["an" + "ew", "No" + "body", "test_some" + "body_else"])
def test_a_planted_word_is_seen(word: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "plain.md").write_text("Each new word is plain.\n")
    assert hard_words(tmp_path) == []
    (tmp_path / "hard.py").write_text(f"# A comment\n# with {word} in it.\n")
    assert hard_words(tmp_path) == [f"hard.py:2: # with {word} in it."]


WIDEST = 100  # columns
# Beside these suffixes: ./dev and .ci/run, which have none. Markup has no place to break a tag.
HELD_TO_IT = {
    *(".md", ".c", ".h", ".S", ".cpp", ".py", ".pyi", ".js", ".css"),
    *(".sh", ".toml", ".yml", ".build", ".txt", ""),
}
# Programs whose lines' numbers and texts are what is tested.
PROGRAMS = ("tests/victims/", "tests/libraries/victims/", "tests/reports/own_jobs/")


def wide_lines(root: Path) -> list[str]:
    return [
        f"{name}:{number}: {len(line)} columns"
        for name, text in texts(root).items()
        if Path(name).suffix in HELD_TO_IT and not name.startswith(PROGRAMS)
        for number, line in enumerate(text.splitlines(), 1)
        # A row of a table can't be broken.
        if len(line) > WIDEST and not (name.endswith(".md") and line.startswith("|"))
    ]


def test_no_line_is_wide() -> None:
    assert wide_lines(REPOSITORY) == []


@pytest.mark.parametrize("name", ["a.md", "a.c", "a.h", "a.py", "a.js", "a.css", "a.sh", "dev"])
def test_a_planted_line_is_seen(name: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / name).write_text("x" * WIDEST + "\n" + "ü" * (WIDEST + 1) + "\n")
    assert wide_lines(tmp_path) == [f"{name}:2: 101 columns"]


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["mypy", "tests"]],
    ids=lambda command: " ".join(command[:2]),
)
def test_python_form(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_c_form() -> None:
    formatter = Path(sys.executable).parent / "clang-format"
    done = subprocess.run(
        [formatter, "--dry-run", "-Werror", *c_files(), *(REPOSITORY / "tests").glob("*/**/*.c")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def linted(program: str, *arguments: str | Path) -> str:
    """Return what the linter says, nothing where it finds nothing."""
    line = [Path(sys.executable).parent / program, *arguments]
    done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def test_the_pages_script_is_clean(tmp_path: Path) -> None:
    assert linted("oxlint", "--deny-warnings", "report/web") == ""
    (tmp_path / "planted.js").write_text('"use strict";\nvar unused = 1;\n')
    assert "no-unused-vars" in linted("oxlint", "--deny-warnings", tmp_path)


def test_the_spelling(tmp_path: Path) -> None:
    assert linted("codespell", *texts()) == ""
    wrong = "spel" + "ing"
    (tmp_path / "planted.md").write_text(f"A sentence with an error in {wrong}.\n")
    assert f"{wrong} ==> spelling" in linted("codespell", tmp_path / "planted.md")
