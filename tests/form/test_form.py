# SPDX-License-Identifier: Apache-2.0
"""Form: linters, formatters, types, and which room may know which."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.running import REPOSITORY

ROOMS = {  # room of C => the rooms below it, whose headers it may include
    "filext/platform": set(),
    "filext/base": {"filext/platform"},
    "filext": {"filext/base"},  # the contract between shim and extension
    "filext/engine": {"filext", "filext/base", "filext/platform"},
    "filext/shim": {"filext/engine", "filext", "filext/base", "filext/platform"},
    "filext/walker": {"filext", "filext/base"},
    "report": {"filext/base"},
    "filext/postmortem": {"report", "filext/engine", "filext/base", "filext/platform"},
    "filext/extension": {
        "filext/postmortem",
        "filext/walker",
        "report",
        "filext",
        "filext/base",
        "filext/platform",
    },
}


def c_files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((REPOSITORY / room).glob("*.[ch]"))]


def test_calls_go_one_way() -> None:
    for path in c_files():
        room = str(path.parent.relative_to(REPOSITORY))
        for name in re.findall(r'#include "([^"]+)"', path.read_text()):
            target = (path.parent / name).resolve()
            if target.exists():
                included = str(target.parent.relative_to(REPOSITORY))
                assert included == room or included in ROOMS[room], f"{path} includes {name}"


def test_python_and_the_system_stay_in_their_rooms() -> None:
    for path in c_files():
        text, room = path.read_text(), str(path.parent.relative_to(REPOSITORY))
        assert text.startswith("/* SPDX-License-Identifier: Apache-2.0 */"), path
        assert len(text.splitlines()) <= (450 if path.suffix == ".c" else 150), path
        if room in (
            "filext/base",
            "filext/engine",
            "filext/shim",
            "filext/platform",
            "filext/postmortem",
            "report",
        ):
            assert "Python.h" not in text, path
        if room != "filext/walker":
            assert not re.search(r"#\s*if.*PY_VERSION_HEX", text), path
        if room != "filext/platform":
            assert "__linux__" not in text, path


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


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
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
