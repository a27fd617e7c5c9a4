# SPDX-License-Identifier: Apache-2.0
"""What pip installed into a folder of the reader's (--target) is a library's, and no own code."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.running import Outcome, run_profiled, soon

MIB = 1 << 20
INFO = "thelib-1.0.dist-info"
MODULES = {
    "thelib/__init__.py": "from thelib.inner import made\n",
    "thelib/inner.py": "def made(size):\n    return bytearray(size)\n",
    "thelib/__main__.py": "from thelib import made\nkept = made(20 << 20)\n",
    "onefile.py": "def made(size):\n    return bytearray(size)\n",
}
JOB = """\
import thelib, onefile, mine, os
kept = thelib.made(30 << 20)
more = onefile.made(20 << 20)
last = mine.made(10 << 20)
"""


def wheel(folder: Path) -> Path:
    """A wheel of a package and a module."""
    path = folder / "thelib-1.0-py3-none-any.whl"
    told = {
        "METADATA": "Metadata-Version: 2.1\nName: thelib\nVersion: 1.0\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "".join(f"{name},,\n" for name in MODULES),
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, text in MODULES.items():
            file.writestr(name, text)
        for name, text in told.items():
            file.writestr(f"{INFO}/{name}", text)
    return path


@pytest.fixture
def deps(tmp_path: Path) -> Path:
    """A folder of the job's with the package in it, and with a module of the reader's own."""
    (tmp_path / "job.py").write_text(JOB)
    line = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    line += ["--disable-pip-version-check", "--target", "deps", str(wheel(tmp_path))]
    subprocess.run(line, cwd=tmp_path, check=True)
    (tmp_path / "deps/mine.py").write_text("def made(size):\n    return bytearray(size)\n")
    return tmp_path / "deps"


def run(deps: Path, *arguments: str, options: tuple[str, ...] = ()) -> Outcome:
    environment = os.environ | {"PYTHONPATH": str(deps)}
    folder = deps.parent
    return run_profiled(
        list(arguments), folder / "out", options=options, cwd=folder, env=environment
    )


def data_of(done: Outcome) -> dict[str, Any]:
    assert done.report and soon((done.report / "peak-memory.json").exists), done.stderr
    found: dict[str, Any] = json.loads((done.report / "peak-memory.json").read_text())
    return found


def own_lines(data: dict[str, Any]) -> list[tuple[str, int, str]]:
    """File, line and the package below, of those that hold 5 MiB and more."""
    functions, paths, packages = data["functions"], data["paths"], data["packages"]
    return [
        (Path(paths[functions[row[0]][1]][0]).name, row[1], packages[row[-1]][0])
        for row in data["answers"]["own"]["rows"]
        if row[2] > 5 * MIB
    ]


@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), 9)"])
def test_an_installed_package_is_a_library(end: str, deps: Path) -> None:
    """In the program's own report, and in that of one that was killed."""
    (deps.parent / "job.py").write_text(JOB + end)
    data = data_of(run(deps, "job.py"))
    assert sorted(data["installed"]) == [str(deps / "onefile.py"), str(deps / "thelib")]
    assert own_lines(data) == [
        ("job.py", 2, "thelib"),
        ("job.py", 3, "onefile"),
        ("mine.py", 2, ""),
    ]
    kinds = {name: kind for name, kind in data["packages"]}
    assert (kinds["thelib"], kinds["onefile"], kinds["own code"]) == ("library", "library", "own")


@pytest.mark.parametrize(
    ("own", "first"),
    [("thelib", "inner.py"), ("deps/thelib", "inner.py"), ("deps", "inner.py"), (".", "job.py")],
)
def test_what_is_named_is_own(own: str, first: str, deps: Path) -> None:
    data = data_of(run(deps, "job.py", options=("--own", own)))
    assert own_lines(data)[0] == (first, 2, "" if first == "inner.py" else "thelib")


def test_the_package_that_is_run(deps: Path) -> None:
    data = data_of(run(deps, "-m", "thelib"))
    assert own_lines(data)[0] == ("inner.py", 2, "")


@pytest.mark.parametrize("how", ["editable", "not in the record", "no record"])
def test_what_is_own_code_all_the_same(how: str, deps: Path) -> None:
    if how == "editable":
        told = {"url": "file:///x", "dir_info": {"editable": True}}
        (deps / INFO / "direct_url.json").write_text(json.dumps(told))
    elif how == "no record":
        (deps / INFO / "RECORD").unlink()
    else:
        (deps / INFO / "RECORD").write_text("../../bin/thelib,,\nother.pth,,\nthelibrary/a.py,,\n")
    data = data_of(run(deps, "job.py"))
    assert "installed" not in data
    assert own_lines(data)[0] == ("inner.py", 2, "")
