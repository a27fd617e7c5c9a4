# SPDX-License-Identifier: Apache-2.0
"""Whose code it is that a program runs: packages, archives, odd folders, code in no file."""

import os
import zipfile
from pathlib import Path

import pytest
from support.owned import HELD, MAKES, calling_project, environment, first, record, run, write
from support.running import soon

from filprofiler import Snapshot
from filprofiler.places import short


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return calling_project(tmp_path)


def test_a_package_that_is_run(project: Path) -> None:
    """It is own code, and any other own code comes first."""
    packages = environment(project)
    snapshot = record(project, "-m", "mylib", **packages)
    assert first(snapshot) == "mylib/__init__.py:4 in other" and snapshot.facts["program"] == [
        "mylib"
    ]
    assert ("mylib", "own") in [row[1:] for row in snapshot.native.paths()]
    write(
        Path(packages["PYTHONPATH"], "runs/__main__.py"),
        "import runs.app, job\nkept = job.main()\n",
    )
    write(Path(packages["PYTHONPATH"], "runs/app.py"), MAKES)
    write(project / "job.py", "import runs.app\n\ndef main():\n    return runs.app.make()\n")
    assert first(record(project, "-m", "runs", **packages)) == "project/job.py:4 in runs"
    write(Path(packages["PYTHONPATH"], "space/inner/job/__init__.py"), "")
    write(
        Path(packages["PYTHONPATH"], "space/inner/job/main.py"),
        "import other\nkept = other.make()\n",
    )
    write(Path(packages["PYTHONPATH"], "space/other.py"), MAKES)
    of_a_namespace = record(project, "-mspace.inner.job.main", **packages)
    assert of_a_namespace.facts["program"] == ["space.inner.job"]
    assert first(of_a_namespace) == "job/main.py:2 in other"


def test_a_killed_program(project: Path) -> None:
    """The black box knows what is own."""
    write(project / "job.py", "import mylib, os\nkept = mylib.load()\nos.kill(os.getpid(), 9)\n")
    out = project / "out"
    done = run(project, "-o", out, "--own", "mylib", "run", "job.py", **environment(project))
    assert done.returncode == -9
    assert soon(lambda: list(out.glob("*/peak-memory.json")))
    [report] = out.glob("*/peak-memory.json")
    assert first(Snapshot.load(report)) == "mylib/__init__.py:4 in other"


@pytest.mark.parametrize(
    "folder", ["site-packages/job", "dist-packages", "lib/python3.11/job", "lib64/python3.12"]
)
def test_programs_in_folders_with_odd_names(tmp_path: Path, folder: str) -> None:
    """The project's own virtual environment stays a library."""
    project = tmp_path / folder
    site = project / ".venv/lib/python3.12/site-packages"
    write(site / "other.py", MAKES)
    write(project / "helper.py", "import other\n\ndef load():\n    return other.make()\n")
    write(project / "job.py", "import helper\nkept = helper.load()\n")
    for place, name in ((project, "job.py"), (tmp_path, f"{folder}/job.py")):
        snapshot = record(place, name, PYTHONPATH=str(site))
        assert first(snapshot) == f"{project.name}/helper.py:4 in other"
    os.chdir(project)
    short.cache_clear()
    assert short(f"{project}/helper.py") == "helper.py"


def test_zipapps_and_folders(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", "import helper\nkept = helper.make()\n")
        archive.writestr("helper.py", MAKES)
    assert first(record(tmp_path, "app.pyz")) == "app.pyz/helper.py:2"
    write(tmp_path / "app/__main__.py", "import helper\nkept = helper.make()\n")
    write(tmp_path / "app/helper.py", MAKES)
    assert first(record(tmp_path, "app")) == "app/helper.py:2"


def test_code_in_no_file(tmp_path: Path) -> None:
    write(tmp_path / "job.py", f"text = 'x = bytearray({HELD})'\nexec(text)\n")
    assert first(record(tmp_path, "job.py")) == f"{tmp_path.name}/job.py:2 in <string>"


def test_names_are_any_bytes(project: Path) -> None:
    folder = os.fsdecode(b"caf\xe9 \xc3\xa9")
    write(project / folder / "lib/python3.9/site-packages/odd.py", MAKES)
    write(
        project / "job.py",
        "import sys\nsys.path.insert(0, sys.argv[1])\nimport odd\nkept = odd.make()\n",
    )
    path = project / folder / "lib/python3.9/site-packages"
    assert first(record(project, "job.py", path)) == "project/job.py:4 in odd"
    snapshot = record(
        project, "job.py", path, options=("--own", f"{folder}/lib/python3.9/site-packages")
    )
    assert first(snapshot) == "site-packages/odd.py:2"
    assert snapshot.facts["own"] == [f"{project}/caf\\xe9 é/lib/python3.9/site-packages"]
