# SPDX-License-Identifier: Apache-2.0
"""--no-source and --no-arguments: a secret that is planted in a line, in an argument or in the text
of -c is in no file of the result, however the program ends."""

import json
import os
import signal
from pathlib import Path

import pytest
from support.running import run_profiled, soon
from support.terminals import fil

BOTH = ("--no-source", "--no-arguments")
SECRET = b"hunter2"
ENDS = {
    "ended": "",
    "asked": "import os, signal, time; os.kill(os.getpid(), signal.SIGUSR2)",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "short": "more = bytearray(1 << 62)",
}


def files_with_the_secret(folder: Path) -> list[str]:
    found = [path for path in folder.rglob("*") if path.is_file() and SECRET in path.read_bytes()]
    return [str(path) for path in found]


def script(tmp_path: Path, ending: str) -> None:
    (tmp_path / "job.py").write_text(f"x = bytearray(20_000_000)  # hunter2\n{ENDS[ending]}\n")


@pytest.mark.parametrize("ending", ENDS)
def test_nothing_of_source_and_arguments(ending: str, tmp_path: Path) -> None:
    script(tmp_path, ending)
    done = run_profiled(["job.py", "--password", "hunter2"], tmp_path / "out", options=BOTH)
    assert done.report and soon((done.report / "index.html").exists), done.stderr
    assert files_with_the_secret(tmp_path / "out") == []
    stem = "out-of-memory" if ending == "short" else "peak-memory"
    data = json.loads((done.report / f"{stem}.json").read_text())
    assert (
        data["command"][1:] == ["job.py"]
        and data["sources"] == {}
        and data["peak_bytes"] > 20_000_000
    )
    assert "hunter2" not in fil("list", "out").stdout + fil("table", "out").stdout


def test_without_them_the_secret_is_there(tmp_path: Path) -> None:
    """Else the tests here would find nothing, either."""
    script(tmp_path, "ended")
    run_profiled(["job.py", "--password", "hunter2"], tmp_path / "out")
    assert len(files_with_the_secret(tmp_path / "out")) >= 2


@pytest.mark.parametrize("option", BOTH)
def test_each_by_itself(option: str, tmp_path: Path) -> None:
    script(tmp_path, "ended")
    done = run_profiled(["job.py", "an-argument"], tmp_path / "out", options=(option,))
    assert done.report
    data = json.loads((done.report / "peak-memory.json").read_text())
    assert bool(data["sources"]) == (option == "--no-arguments")
    assert data["command"][1:] == ["job.py", *(["an-argument"] if option == "--no-source" else [])]


@pytest.mark.parametrize(
    ("program", "command"),
    [
        (["-c", "x = bytearray(20_000_000); hunter2 = 'hunter2'", "hunter2"], ["-c"]),
        (["-cx = bytearray(20_000_000); y = 'hunter2'"], []),
        (["-m", "job", "hunter2"], ["-m", "job"]),
        (["-mjob", "hunter2"], ["-mjob"]),
    ],
)
def test_commands_and_modules(program: list[str], command: list[str], tmp_path: Path) -> None:
    script(tmp_path, "ended")
    done = run_profiled(program, tmp_path / "out", flags=("-X", "dev"), options=BOTH)
    assert done.report and files_with_the_secret(tmp_path / "out") == []
    assert json.loads((done.report / "peak-memory.json").read_text())["command"][1:] == [
        "-X",
        "dev",
        *command,
    ]


def test_a_recording_has_nothing_of_them(tmp_path: Path) -> None:
    """Not while the program runs, nor in the report that is made of it afterwards."""
    (tmp_path / "job.py").write_text(
        "import shutil, sys, glob, os\nx = bytearray(20_000_000)  # hunter2\n"
        "shutil.copy(glob.glob('out/*/recording.fil')[0], 'copy.fil')\n"
    )
    assert run_profiled(["job.py", "hunter2"], tmp_path / "out", options=BOTH).returncode == 0
    assert SECRET not in (tmp_path / "copy.fil").read_bytes()
    assert fil("report", "--no-browser", "-o", "again", "copy.fil").returncode == 0
    assert files_with_the_secret(tmp_path / "again") == []


def test_they_are_settings(tmp_path: Path) -> None:
    script(tmp_path, "ended")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.filprofiler]\nno-source = true\nno-arguments = true\n"
    )
    (tmp_path / "inner").mkdir()
    os.chdir(tmp_path / "inner")
    done = run_profiled(["../job.py", "hunter2"], tmp_path / "out")
    assert done.report and files_with_the_secret(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [("no-source = 'yes'", "no-source is true or false"), ("no-source = ", "is left out: ")],
)
def test_a_wrong_setting_is_said(text: str, words: str, tmp_path: Path) -> None:
    script(tmp_path, "ended")
    (tmp_path / "pyproject.toml").write_text(f"[tool.filprofiler]\n{text}\n")
    done = run_profiled(["job.py"], tmp_path / "out")
    assert words in done.stderr and done.returncode == 0


def test_signals_are_what_they_were(tmp_path: Path) -> None:
    """The program that was killed by its own hand is said to have been."""
    script(tmp_path, "killed")
    assert run_profiled(["job.py"], tmp_path / "out", options=BOTH).returncode == -signal.SIGKILL
