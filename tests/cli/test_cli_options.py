# SPDX-License-Identifier: Apache-2.0
"""The options of `run`, their places, and what --help says of all commands."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.running import Outcome, run_profiled

from filprofiler.arguments import parser
from filprofiler.cli import COMMANDS
from filprofiler.helptexts import COMMANDS as TEXTS
from filprofiler.sizes import duration, growth, mebibytes, parse_growth, parse_size, percent

HOLDS = "def load(): return bytearray(30_000_000)\nx = load()\nprint('done')\n"


def fil(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "filprofiler", *arguments], capture_output=True, text=True, **options
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GiB", 2 << 30), ("1.5GB", 1_500_000_000), ("500MB", 500_000_000), ("200MiB", 200 << 20),
      ("1073741824B", 1 << 30),
     ("0", 0), ("10kb", 10_000), ("10 KiB", 10240), ("7B", 7), ("1tib", 1 << 40),
      ("0.5MiB", 1 << 19)],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MiB",
        "-5",
        "1.5.2GB",
        "2G",
        "1e9",
        "inf",
        "nan",
        "10%",
        "5 apples",
        "9" * 30,
        "٣MB",
        "1,000",
    ],
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"is (no size|more than any)"):
        parse_size(text)


def test_figures() -> None:
    assert parse_growth("10%") == (None, 10.0) and parse_growth("100MiB") == (100 << 20, None)
    assert [mebibytes(n) for n in (0, 1, 2048, 52429, 1 << 30)] == [
        "0 MiB",
        "1 B",
        "2.0 KiB",
        "0.1 MiB",
        "1,024.0 MiB",
    ]
    assert (percent(1, 8), percent(1, 0), growth(0, 5), growth(5, 0), growth(5, 5)) == (
        "12.5 %",
        "0.0 %",
        "new",
        "gone",
        "0.0 %",
    )
    assert [duration(seconds) for seconds in (6.895, 6.905, 6.9049, 12.25, 9.999)] == [
        "6.90 s",
        "6.91 s",
        "6.90 s",
        "12.3 s",
        "10.00 s",
    ]
    assert [duration(seconds) for seconds in (0.123, 59.91, 61, 3700)] == [
        "0.12 s",
        "59.9 s",
        "1 min 1 s",
        "1 h 1 min",
    ]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "job.py").write_text(HOLDS)
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "run -q -o out --no-browser job.py",
        "-q run -o out job.py",
        "-o out --quiet run --no-browser job.py",
    ],
)
def test_quiet(line: str, script: Path) -> None:
    done = fil(*line.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
    assert len(list(script.glob("out/*/*"))) == 5


def test_a_script_whose_name_begins_with_a_dash(script: Path) -> None:
    (script / "-job.py").write_text("import sys\nprint(sys.argv)")
    done = fil("run", "-q", "--no-browser", "--", "-job.py", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['-job.py', '-q']\n", "")


def test_quiet_still_says_what_went_wrong(script: Path) -> None:
    (script / "job.py").write_text(
        "import os, sys\nos.rmdir(sys.argv[1]) if 0 else None\nos.kill(os.getpid(), 9)\n"
    )
    done = run_profiled(["job.py"], script / "out", options=("-q",))
    assert (
        "SIGKILL: the program was killed by signal 9" in done.stderr
        and "The report will be written" not in done.stderr
    )


def test_quiet_says_what_can_not_be_written(script: Path) -> None:
    (script / "job.py").write_text(
        "import glob, os\n[folder] = glob.glob('out/*')\nos.mkdir(folder + '/index.html')\n"
    )
    done = run_profiled(["job.py"], script / "out", options=("-q",))
    assert (
        done.returncode == 0
        and done.stderr.count("\n") == 1
        and "Can't write" in done.stderr
        and "index.html" in done.stderr
    )


@pytest.mark.parametrize(
    "line",
    [
        "run --fail-above {} job.py",
        "--fail-above={} run job.py",
        "-q run --fail-above={} --no-browser job.py",
    ],
)
@pytest.mark.parametrize(("size", "code"), [("20MiB", 54), ("1073741824B", 0)])
def test_fail_above(line: str, size: str, code: int, script: Path) -> None:
    done = fil("-o", "out", *line.format(size).split())
    assert (done.returncode, done.stdout) == (code, "done\n")
    told = [line for line in done.stderr.splitlines() if "Failed" in line]
    assert len(told) == (code != 0)
    if code:
        assert done.stderr.splitlines()[-1] == told[0]
        assert re.search(
            r"^=fil-profile= Failed: 28\.\d MiB were allocated at the peak, more than the 20\.0 "
            r"MiB of --fail-above; "
            r"the largest: 28\.\d MiB +\d+\.\d %  "
            r"job\.py:1  load  def load\(\): return bytearray\(30_000_000\)$",
            told[0],
        ), told
    assert len(list(script.glob("out/*/*"))) == 5  # the report is there in either case


def test_the_peak_itself_is_allowed(script: Path) -> None:
    import json

    done = run_profiled(["job.py"], script / "out")
    assert done.report
    peak = json.loads((done.report / "peak-memory.json").read_text())["peak_bytes"]
    assert (
        run_profiled(
            ["job.py"], script / "again", options=("--fail-above", f"{peak + 4096}B")
        ).returncode
        == 0
    )
    assert (
        run_profiled(
            ["job.py"], script / "third", options=("--fail-above", f"{peak - 4096}B")
        ).returncode
        == 54
    )


def ended(ending: str, folder: Path) -> Outcome:
    (folder / "job.py").write_text(HOLDS + ending)
    return run_profiled(["job.py"], folder / "out", options=("--fail-above", "1MiB"))


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("raise SystemExit(7)", 7),
        ("1/0", 1),
        ("raise SystemExit", 54),
        ("import os; os.abort()", -6),
        ("import os; os._exit(0)", 0),
    ],
)
def test_only_a_program_that_succeeded_fails(ending: str, code: int, script: Path) -> None:
    done = ended(ending, script)
    assert done.returncode == code and ("Failed" in done.stderr) == (code == 54)


def test_children_are_not_judged(script: Path) -> None:
    done = ended(
        "import os, sys\nif os.fork() == 0: sys.exit(0)\n"
        "print(os.waitstatus_to_exitcode(os.wait()[1]))\n",
        script,
    )
    assert (
        done.returncode == 54
        and done.stdout.splitlines()[-1] == "0"
        and done.stderr.count("Failed") == 1
    )


def test_options_behind_the_script_are_the_programs(script: Path) -> None:
    (script / "args.py").write_text(
        "import sys; print(sys.argv[1:], sorted(n for n in __import__('os').environ if "
        "n.startswith('_FIL')))"
    )
    done = fil("-o", "out", "run", "args.py", "-q", "--fail-above", "1", "-h")
    assert done.stdout == "['-q', '--fail-above', '1', '-h'] []\n" and done.returncode == 0
    done = fil("-o", "out", "run", "-q", "-m", "args", "-q", "--help")
    assert done.stdout == "['-q', '--help'] []\n" and done.stderr == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("run --fail-above job.py", "'job.py' is no size"),
        ("run --fail-above", "--fail-above needs a size"),
        ("run --fail-above=2Q job.py", "'2Q' is no size"),
        ("run --wrong job.py", "Unknown option --wrong behind run"),
        ("run -X dev job.py", "python OPTIONS -m filprofiler"),
        ("run -q", "run needs a script"),
        ("run -o", "-o needs a folder"),
        ("--fail-above 1GB python job.py", "--fail-above is for run"),
        ("-q python job.py", "--quiet is for run"),
        ("-q table", "unknown option -q"),
        ("--wrong", "Unknown option --wrong"),
        ("job.py", "did you mean 'run job.py'?"),
        ("tabel x", "did you mean 'table'?"),
        ("walk", "use run, python, list, open, report"),
    ],
)
def test_wrong_usage(line: str, words: str, script: Path) -> None:
    done = fil(*line.split())
    assert (
        (done.returncode, done.stdout) == (2, "")
        and words in done.stderr
        and done.stderr.count("\n") == 1
    )
    assert not (script / "fil-result").exists()


def test_help() -> None:
    whole = fil("--help")
    assert (whole.returncode, whole.stderr) == (0, "") and fil().stdout == whole.stdout == fil(
        "help"
    ).stdout
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\w", whole.stdout, re.M)
    assert all(
        f"\n{code}: " in whole.stdout or f" {code}: " in whole.stdout for code in (2, 3, 53, 54)
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command: str) -> None:
    done = fil(command, "--help")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout == TEXTS[command] == fil(
        "help", command
    ).stdout
    assert (
        done.stdout.startswith("Usage: fil-profile ")
        and "\nExamples:\n  " in done.stdout
        and "\nExit codes: " in done.stdout
    )
    assert max(map(len, done.stdout.splitlines())) <= 80
    if command not in ("run", "python"):
        assert fil(command, "-h").stdout == done.stdout
        options = [name for action in parser(command)._actions for name in action.option_strings]
        assert all(re.search(rf"\s{name}\b", done.stdout) for name in options), options


def test_starting_a_program_imports_little(script: Path) -> None:
    """`run` and `import filprofiler` don't wait for what tables need."""
    heavy = {
        "rich",
        "argparse",
        "json",
        "difflib",
        "filprofiler.helptexts",
        "filprofiler.sizes",
        "filprofiler.snapshots",
    }
    code = (
        "import sys, filprofiler, filprofiler.cli as cli; cli.parse(['run', '-q', 'a.py']); "
        "print(*sys.modules, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "filprofiler.cli" in done.stdout and not heavy & set(done.stdout.splitlines())


@pytest.mark.parametrize(
    ("text", "words"),
    [("10", "say 10MiB, or 10B for bytes"), ("1048576", "no unit"), ("0.5", "say 0.5MiB")],
)
def test_a_size_that_lost_its_unit(text: str, words: str, script: Path) -> None:
    with pytest.raises(ValueError, match=words):
        parse_size(text)
    with pytest.raises(ValueError, match=f"say {text}%, {text}MiB, or {text}B for bytes"):
        parse_growth(text)
    for line in (f"run --fail-above {text} job.py", f"--fail-above={text} run job.py"):
        done = fil(*line.split())
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (
            2,
            "",
            1,
        ) and words in done.stderr
    assert not (script / "fil-result").exists()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("table --sortt self", "--sort"),
        ("table --sortt=self", "--sort"),
        ("table --by lines", "line"),
        ("table --sort allocation", "allocations"),
        ("tree --min-percentage 5", "--min-percent"),
        ("summary --jsn", "--json"),
        ("list --jason", "--json"),
        ("diff --fail-abov 10% a b", "--fail-above"),
        ("export --format speedscop", "speedscope"),
        ("export --formt csv", "--format"),
        ("report --no-broser x", "--no-browser"),
        ("live --josn 1", "--json"),
        ("run --fail-abov 1GiB job.py", "--fail-above"),
        ("run --quite job.py", "--quiet"),
        ("--no-browsr run job.py", "--no-browser"),
        ("--versoin", "--version"),
        ("lst", "list"),
        ("help tabel", "table"),
    ],
)
def test_what_was_meant(line: str, meant: str, script: Path) -> None:
    done = fil(*line.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"did you mean '{meant}'?" in done.stderr


def test_values_that_make_no_sense(script: Path) -> None:
    for line in ("table --wrong", "run -X dev job.py", "export --format zip", "table --by 7"):
        assert "did you mean" not in fil(*line.split()).stderr
