# SPDX-License-Identifier: Apache-2.0
"""Result folders: of a run, of what is asked for while it runs, and none where nothing ran."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.pairs import FILES
from support.running import run_profiled, same, soon, threads_that_are_asked
from support.terminals import Terminal, fil

from filprofiler.reportsources import age_of, program_of
from filprofiler.resultfolders import as_name, make_folder, name_of

GROWS = """
import os, signal
kept = []
for _ in range(5):
    kept.append(bytearray(10_000_000))
    os.kill(os.getpid(), signal.SIGUSR2)
kept.append(bytearray(50_000_000))
"""
MIB = 2**20


def peak_in(folder: Path) -> int:
    assert {path.name for path in folder.iterdir() if path.is_file()} == FILES
    return int(json.loads((folder / "peak-memory.json").read_bytes())["peak_bytes"])


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    (tmp_path / "grows.py").write_text(GROWS)
    done = run_profiled(["grows.py"], tmp_path / "fil-result")
    assert done.returncode == 0 and done.report
    (tmp_path / "stderr").write_text(done.stderr)
    return done.report


def test_each_request_has_its_own_folder(grown: Path, tmp_path: Path) -> None:
    """10 MB more at each of five signals; the end's report is one more, of all 100 MB."""
    inner = sorted(path for path in grown.iterdir() if path.is_dir())
    assert [round(peak_in(folder) / 10_000_000) for folder in inner] == [1, 2, 3, 4, 5]
    assert round(peak_in(grown) / 10_000_000) == 10
    said = re.findall(
        r"Wrote the report so far to (.+)/index\.html", (tmp_path / "stderr").read_text()
    )
    assert said == [str(folder) for folder in inner]
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d_\d{3}(-\d+)?", folder.name)
        for folder in inner
    )
    assert inner[0].name >= grown.name and inner[-1].name[:11] in (
        inner[0].name[:11],
        inner[-1].name[:11],
    )


def test_requests_are_named_in_local_time(tmp_path: Path) -> None:
    """As the run's folder is, 14 hours from the other end of the world."""
    (tmp_path / "once.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGUSR2)\n")
    for zone in ("UTC+10", "UTC-14"):
        done = run_profiled(["once.py"], tmp_path / zone, env=os.environ | {"TZ": zone})
        assert done.report
        [inner] = [path for path in done.report.iterdir() if path.is_dir()]
        assert (
            inner.name[:16] >= done.report.name[:16]
            and inner.name[:10] <= done.report.name[:9] + "9"
        )
        assert abs(int(inner.name[11:13]) - int(done.report.name[11:13])) in (0, 1, 23)


def test_none_is_lost_while_one_is_written(tmp_path: Path) -> None:
    """Those that come meanwhile share the next one, and each is told so."""
    (tmp_path / "threads.py").write_text(threads_that_are_asked(1))
    done = run_profiled(["threads.py"], tmp_path / "out")
    assert done.report and done.returncode == 0
    folders = [path for path in done.report.iterdir() if path.is_dir()]
    written = done.stderr.count("Wrote the report so far")
    told = done.stderr.count("the requested one follows") + done.stderr.count(
        "no other one follows"
    )
    assert len(folders) == written >= 1 and written + told >= 4, done.stderr
    assert "No report" not in done.stderr
    for folder in folders:
        peak_in(folder)


def test_a_request_that_can_not_be_written_leaves_no_folder(tmp_path: Path) -> None:
    small = (
        "import os, resource, signal\nresource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "os.kill(os.getpid(), signal.SIGUSR2)\n"
    )
    (tmp_path / "small.py").write_text(small)
    done = run_profiled(["small.py"], tmp_path / "out")
    assert done.report and not [path for path in done.report.iterdir() if path.is_dir()]
    assert "File too large" in done.stderr


def test_a_killed_program_keeps_its_requests(tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text(GROWS + "os.kill(os.getpid(), 9)\n")
    done = run_profiled(["dies.py"], tmp_path / "out")
    assert done.report and done.returncode == -9
    assert (
        round(peak_in(done.report) / 10_000_000) == 10
        and len([path for path in done.report.iterdir() if path.is_dir()]) == 5
    )


# ---- the newest, and the list


def test_the_newest_result_is_the_runs_own(grown: Path) -> None:
    assert json.loads(fil("summary", "--json").stdout)["peak_bytes"] == peak_in(grown)
    inner = min(path for path in grown.iterdir() if path.is_dir())
    assert json.loads(fil("summary", "--json", str(inner)).stdout)["peak_bytes"] == peak_in(inner)
    again = fil("report", "--no-browser", str(inner))
    assert again.returncode == 0 and again.stdout.endswith(
        f"Wrote the report to {inner}/index.html\n"
    )


def test_of_a_run_without_a_report_the_newest_request_is_taken(grown: Path) -> None:
    last = max(path for path in grown.iterdir() if path.is_dir())
    for path in grown.iterdir():
        if path.is_file():
            path.unlink()
    for target in ("fil-result", str(grown)):
        assert json.loads(fil("summary", "--json", target).stdout)["peak_bytes"] == peak_in(last)


def test_list(grown: Path, tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text(
        "x = bytearray(20_000_000)\nimport os\nos.kill(os.getpid(), 9)\n"
    )
    assert run_profiled(["dies.py"], tmp_path / "fil-result").returncode == -9
    (tmp_path / "fil-result/2099-01-01T00-00-00_000").mkdir()
    found = json.loads(fil("list", "--json").stdout)
    assert [round(result["peak_bytes"] / 10_000_000) for result in found] == [2, 10, 5, 4, 3, 2, 1]
    assert [result["ended"] for result in found] == [
        "killed (SIGKILL)",
        "ended",
        *["of the same run"] * 5,
    ]
    assert {result["of_run"] for result in found[2:]} == {f"fil-result/{grown.name}"} and found[1][
        "of_run"
    ] is None
    assert (
        found[1]["command"][1:] == ["grows.py"]
        and found[0]["taken"] > found[1]["taken"] > found[2]["taken"]
    )
    lines = fil("list", str(tmp_path / "fil-result")).stdout.splitlines()
    assert (
        lines[0].split() == ["When", "Peak", "Ran", "Ended", "Command", "Folder"]
        and len(lines) == 8
    )
    assert "killed (SIGKILL)" in lines[1] and lines[2].endswith(f"fil-result/{grown.name}")
    assert [line.startswith("  20") for line in lines[1:]] == [False, False, *[True] * 5]
    assert fil("list", str(grown)).stdout.count("of the same run") == 5


@pytest.mark.parametrize("width", [60, 80, 200])
def test_list_on_a_terminal(width: int, grown: Path) -> None:
    """What a reader needs is whole at any width: when, how much, the script, and the folder, which
    stands below the rest where there is no room beside it."""
    terminal = Terminal("list", width=width)
    lines = terminal.lines()
    folder = f"fil-result/{grown.name}"
    rows = lines[1:] if width == 200 else [" ".join(lines[i : i + 2]) for i in range(1, 13, 2)]
    assert terminal.close() == 0 and len(rows) == 6
    for row in rows:
        time = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", row)
        assert time and "grows.py" in row and re.search(r" \d+\.\d MiB ", row)
        assert folder in row.split()[-1]
    assert "96.1 MiB" in rows[0] and rows[0].split()[-1] == folder
    assert {Path(row.split()[-1]).name for row in rows[1:]} == {
        path.name for path in grown.iterdir() if path.is_dir()
    }
    others = lines if width == 200 else [lines[0], *lines[1::2]]
    assert all(len(line) <= width for line in others)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [("list nowhere", 2, "There is no folder 'nowhere'"), ("list", 2, "There is no folder "
                                                                      "'fil-result'"),
                                                                      ("list a b", 2,
                                                                       "what is 'b' for?"),
     ("list empty", 0, "There are no results in empty"), ("list --json empty", 0, "[]")],
)  # fmt: skip
def test_list_of_nothing(line: str, code: int, words: str) -> None:
    Path("empty").mkdir()
    done = fil(*line.split())
    assert (
        done.returncode == code
        and words in (done.stderr if code else done.stdout)
        and done.stderr.count("\n") == (code == 2)
    )


def test_folders_of_one_moment_stand_in_their_order() -> None:
    from filprofiler.reportsources import age_of

    names = [
        "2026-01-01T00-00-00_000",
        *(f"2026-01-01T00-00-00_000-{i}" for i in range(1, 12)),
        "2026-01-01T00-00-00_001",
    ]
    assert sorted(names[::-1], key=age_of) == names


# ---- starts that fail


@pytest.mark.parametrize(
    "arguments",
    [
        ["-m", "nope"],
        ["-m", "package.nope"],
        ["."],
        ["folder"],
        ["program.zip"],
        ["wrong.py"],
        ["-m", "wrong"],
    ],
)
def test_a_start_that_failed_leaves_nothing(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").touch()
    (tmp_path / "wrong.py").write_text("def f(:\n")
    with zipfile.ZipFile(tmp_path / "program.zip", "w") as archive:
        archive.writestr("other.py", "")
    done = same(arguments, tmp_path, cwd=tmp_path)
    assert done.returncode == 1 and done.report is None and not (tmp_path / "out").exists(), (
        done.stderr
    )
    assert done.stderr.splitlines()[-1] == "=fil-profile= No report: the program didn't begin"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-m", "package"],
        ["package"],
        ["ends.py"],
        ["-c", "exit(1)"],
        ["-m", "json.tool", "nowhere"],
    ],
)
def test_a_program_that_failed_has_its_report(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__main__.py").write_text("raise SystemExit(1)\n")
    (tmp_path / "ends.py").write_text("1/0\n")
    done = same(arguments, tmp_path, cwd=tmp_path)
    assert done.returncode != 0 and done.report and (done.report / "index.html").exists()


def main_with(lines: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `fil-profile ARGUMENTS` in a Python that does something before."""
    code = (
        f"import os, sys\nsys.argv = {['program', *arguments]!r}\nfrom filprofiler import cli\n"
        f"{lines}\ncli.main()\n"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_an_interpreter_that_does_not_come_up(tmp_path: Path) -> None:
    """The watcher takes the folders away that were made; not those that were there."""
    (tmp_path / "a.py").touch()
    there = tmp_path / "there"
    there.mkdir()
    for folder in ("made/for/it", "there", "there/new"):
        done = main_with("os.environ['PYTHONHOME'] = '/nowhere'", "-o", folder, "run", "a.py")
        assert done.returncode == 1 and "The report will be written to" in done.stderr
        assert soon(lambda: not (tmp_path / "made").exists() and not any(there.iterdir()))
    assert there.is_dir()


def test_an_empty_recording_is_not_the_newest_result(grown: Path, tmp_path: Path) -> None:
    """As a container's process 1 leaves one that ended before its program began."""
    empty = tmp_path / "fil-result/2099-01-01T00-00-00_000"
    empty.mkdir()
    (empty / "recording.fil").write_bytes(bytes(4096))
    assert json.loads(fil("summary", "--json").stdout)["peak_bytes"] == peak_in(grown)
    assert fil("list", "--json").stdout.count('"folder"') == 6
    assert grown.stat().st_size and round(peak_in(grown) / MIB) == 96


def test_a_launch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    fails = """
from filprofiler.kernel import launcher
def launch(arguments, settings): raise launcher.LaunchError("can't start it")
launcher.launch = launch"""
    done = main_with(fails, "-o", "out/results", "run", "a.py")
    assert done.returncode == 2 and done.stderr.endswith("=fil-profile= can't start it\n")
    assert soon(lambda: not (tmp_path / "out").exists())


# ---- any file of a report


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_of_a_report_stands_for_its_profile(name: str, grown: Path) -> None:
    for folder in (grown, min(path for path in grown.iterdir() if path.is_dir())):
        profile, file = str(folder / "peak-memory.json"), str(folder / name)
        for command in (["summary"], ["table", "--json"], ["tree"], ["export", "-f", "csv"]):
            expected, done = fil(*command, profile), fil(*command, file)
            assert (done.returncode, done.stderr, done.stdout) == (0, "", expected.stdout)
        assert json.loads(fil("diff", "--json", file, profile).stdout)["change_bytes"] == 0
    made = fil("report", "--no-browser", "-o", "again", str(grown / name))
    assert made.returncode == 0 and peak_in(next(Path("again").iterdir())) == peak_in(grown)


def test_a_report_that_lost_its_profile(grown: Path) -> None:
    (grown / "peak-memory.json").unlink()
    for name, missing in (
        ("peak-memory.svg", "peak-memory.json"),
        ("index.html", "out-of-memory.json or peak-memory.json"),
    ):
        done = fil("table", str(grown / name))
        assert (done.returncode, done.stderr.count("\n")) == (
            2,
            1,
        ) and f"isn't beside it any more: {missing}" in done.stderr
    Path("own.svg").write_text("<svg/>" + " " * 9000)
    assert "own.svg: not a recording of filprofiler" in fil("table", "own.svg").stderr


# ---- the browser


@pytest.mark.parametrize("command", ["run", "report"])
def test_the_browser_variable_is_a_screen(command: str, grown: Path, tmp_path: Path) -> None:
    """As in a terminal of VS Code on another machine."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >>{tmp_path}/opened\n')
    browser.chmod(0o755)
    plain = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    (tmp_path / "a.py").touch()
    line = ["-o", "opens", "run", "a.py"] if command == "run" else ["report", str(grown)]
    for name, opens in ((str(browser), True), ("w3m", False), ("", False)):
        done = fil(*line, env=plain | {"BROWSER": name})
        assert done.returncode == 0, done.stderr
        if opens:
            assert soon((tmp_path / "opened").exists)
            page = (
                next((tmp_path / "opens").glob("*/index.html"))
                if command == "run"
                else grown / "index.html"
            )
            assert (tmp_path / "opened").read_text() == f"file://{page}\n"
    assert (tmp_path / "opened").read_text().count("\n") == 1
    assert fil("--no-browser", *line, env=plain | {"BROWSER": str(browser)}).returncode == 0
    assert (tmp_path / "opened").read_text().count("\n") == 1


# ---- the folders' names


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (["job.py", "a"], "job"),
        (["/a/b/job.tar.py"], "job.tar"),
        (["-m", "pkg.mod", "x"], "pkg.mod"),
        (["-mpkg.mod"], "pkg.mod"),
        (["-c", "print(1)"], "command"),
        (["-cprint(1)"], "command"),
        (["-"], "stdin"),
        (["a/folder/"], "folder"),
        (["app.pyz"], "app"),
        (["tool"], "tool"),
        (["日本 語.py"], "日本-語"),
        (["$(rm -r x)`;'\"\n.py"], "rm-r-x"),
        (["..py"], "py"),
        (["---"], ""),
        (["--", "job.py", "--fast"], "job"),
        (["--"], "stdin"),
        (["x" * 99 + ".py"], "x" * 40),
        ([".hidden.py"], "hidden"),
    ],
)
def test_what_folders_are_called(program: list[str], name: str) -> None:
    assert as_name(name_of(program)) == name


def test_folders_are_told_apart_and_sorted(tmp_path: Path) -> None:
    """By their time, whatever stands behind it; a number is there where that time was taken."""
    names = [
        "2026-01-01T00-00-00_001",
        "2026-01-01T00-00-00_001-1",
        "2026-01-01T00-00-00_001-2",
        "2026-01-01T00-00-00_002-a",
    ]
    names += [
        "2026-01-01T00-00-00_002-a-1",
        "2026-01-01T00-00-00_002-z-10",
        "2026-01-01T00-00-00_003-2-fast",
        "2026-01-02T00-00-00_000-job",
    ]
    assert sorted(reversed(names), key=age_of) == names
    assert [program_of(name) for name in names] == ["", "", "", "a", "a", "z", "2-fast", "job"]
    assert len({make_folder(str(tmp_path / "out"), "job") for _ in range(20)}) == 20
    assert all(
        re.fullmatch(r"[-\dT]+_\d{3}-job(-\d+)?", path.name)
        for path in (tmp_path / "out").iterdir()
    )


@pytest.mark.parametrize(
    ("line", "name"),
    [("run job.py", "job"), ("run -m job", "job"), ("run -c pass", "command"), ("run .", "app")],
)
def test_a_run_makes_them(line: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    os.chdir(tmp_path / "app")
    Path("job.py").write_text("x = bytearray(9_000_000)")
    Path("__main__.py").write_text("import job")
    assert fil("-q", *line.split()).returncode == 0
    (folder,) = Path("fil-result").iterdir()
    assert folder.name.endswith(f"-{name}") and "index.html" in {
        path.name for path in folder.iterdir()
    }
    assert (
        fil("report", "-o", "again", "--no-browser", str(folder / "peak-memory.json")).returncode
        == 0
    )
    assert next(Path("again").iterdir()).name.endswith(f"-{name}")
