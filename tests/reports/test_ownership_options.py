# SPDX-License-Identifier: Apache-2.0
"""What `--own` and pyproject.toml name is own code, of programs and of saved profiles."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.owned import calling_project, environment, first, record, run, write

from filprofiler import Snapshot


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return calling_project(tmp_path)


def test_the_setting_and_the_option(project: Path) -> None:
    packages, library = environment(project), "mylib/__init__.py:4 in other"
    plain = record(project, "job.py", **packages)
    assert first(plain) == "project/job.py:2 in mylib" and "own" not in plain.facts
    assert first(record(project, "job.py", options=("--own", "mylib"), **packages)) == library
    path = Path(packages["PYTHONPATH"], "mylib")
    by_folder = record(project, "job.py", options=(f"--own={path}",), **packages)
    assert first(by_folder) == library and by_folder.facts["own"] == [str(path)]
    write(project.parent / "pyproject.toml", '[tool.filprofiler]\nown = ["mylib", "env"]\n')
    by_setting = record(project, "job.py", **packages)
    assert first(by_setting) == library
    assert by_setting.facts["own"] == ["mylib", str(project.parent / "env"), "env"]
    assert (
        first(record(project, "job.py", options=("--own", "other"), **packages))
        == "site-packages/other.py:2"
    )
    write(project / "pyproject.toml", "[project]\nname = 'nearer'\n")
    assert first(record(project, "job.py", **packages)) == "project/job.py:2 in mylib"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.filprofiler", "is left out: Expected ']'"),
        ("[tool.filprofiler]\nown = 'src'\n", "own is a list of folders and packages"),
        ("[tool.filprofiler]\nown = ['']\n", "own is a list of folders and packages"),
        ("[tool.filprofiler]\nown = [1]\n", "own is a list of folders and packages"),
        ("[tool]\nfilprofiler = 'src'\n", "own is a list of folders and packages"),
        ("# filprofiler \xff\n", "is left out: 'utf-8' codec can't decode"),
        ("[tool.filprofiler]\n", ""),
        ("tool = 'filprofiler'", ""),
        ("[broken", ""),  # it says nothing of us
    ],
)
def test_a_broken_setting(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    write(tmp_path / "job.py", "print('done')\n")
    done = run(tmp_path, "run", "-q", "--no-browser", "job.py")
    assert done.returncode == 0 and done.stdout == "done\n"
    assert said in done.stderr and done.stderr.count("\n") == bool(said), done.stderr


def test_commands_see_a_saved_profile_as_asked(project: Path) -> None:
    """By `--own`, else as it was recorded, else by the setting."""
    old = record(project, "job.py", **environment(project))
    folder = next(project.glob("out-*/*"))

    def seen(*options: str) -> Any:
        done = run(project, *options, folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def table(*options: str) -> Any:
        row = json.loads(seen("table", "--json", *options))["rows"][0]
        return Path(row["file"]).name, row["line"], row["below"]

    assert table() == ("job.py", 2, "mylib") and table("--own", "mylib") == (
        "__init__.py",
        4,
        "other",
    )
    write(project / "pyproject.toml", '[tool.filprofiler]\nown = ["mylib"]\n')
    assert table() == ("__init__.py", 4, "other") and table("--own", "other") == ("other.py", 2, "")
    for command in ("summary", "tree"):
        assert "return other.make()" in seen(command)
    assert json.loads(seen("summary", "--json", "--own", "other"))["own_lines"][0]["line"] == 2
    assert json.loads(seen("export", "--format", "json"))["own"] == ["mylib"]
    assert "mylib/__init__.py:4" in seen("report", "-o", str(project / "again"), "--no-browser")
    assert Snapshot.load(next(project.glob("again/*/peak-memory.json"))).facts["own"] == ["mylib"]
    recorded = old.with_own(["other"])
    recorded.save(project / "recorded.json")
    folder = project / "recorded.json"
    assert table() == ("other.py", 2, "") and table("--own", "x") == ("job.py", 2, "mylib")
    empty = dict(json.loads(old.profile), nodes=[[0, 0, 0, 0, 0]], peak_bytes=0)
    write(project / "empty.json", json.dumps(empty))
    difference = json.loads(seen("diff", "--json", "--own", "other", str(project / "empty.json")))
    assert Path(difference["lines"][0]["file"]).name == "other.py"


def test_a_wrong_option(tmp_path: Path) -> None:
    for words in (["run", "--own"], ["--own", "", "run", "job.py"], ["table", "--own", ""]):
        done = run(tmp_path, *words)
        assert done.returncode == 2 and "a folder or a package" in done.stderr, done.stderr


def test_recordings_from_code(project: Path) -> None:
    """They know what was named, as the whole program's does."""
    packages = environment(project)
    write(
        project / "job.py",
        "import mylib\nfrom filprofiler.api import profile\nprofile(mylib.load, 'report')\n",
    )
    done = run(project, "--own", "mylib", "python", "job.py", **packages)
    assert done.returncode == 0, done.stderr
    assert (
        first(Snapshot.load(project / "report/peak-memory.json")) == "mylib/__init__.py:4 in other"
    )
