# SPDX-License-Identifier: Apache-2.0
"""The fault suite: the interpreter as it was asked for, whichever way the program is started; and
what lies about is the program's own."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.pairs import Ending, check_report, check_same, profiled_line, run, run_pair
from support.running import REPOSITORY, soon

PROBE = REPOSITORY / "tests/faults/programs/probe.py"
SCRIPT = Path(sys.executable).parent / "fil-profile"  # as people start it


def compare(
    flags: Sequence[str], arguments: Sequence[str | Path], folder: Path, **how: object
) -> Ending:
    """Run it plain, under `run` and under `python`, each by `-m filprofiler` or, without flags, by
    the script; the one under `run`."""
    lines = {"plain": [sys.executable, *flags, *map(str, arguments)]}
    for command in ("run", "python"):
        line = profiled_line(arguments, flags, command)
        lines[command] = line if flags else [str(SCRIPT), *line[line.index("filprofiler") + 1 :]]
    with ThreadPoolExecutor(3) as all_three:
        endings = dict(
            zip(
                lines,
                all_three.map(lambda name: run(lines[name], folder / name, **how), lines),
                strict=True,
            )
        )
    check_same(endings["plain"], endings["run"])
    check_same(endings["plain"], endings["python"])
    assert not endings["python"].reports
    return endings["run"]


@pytest.mark.parametrize(
    "flags",
    [
        "-I",
        "-E",
        "-s",
        "-P",
        "-O",
        "-OO",
        "-B",
        "-u",
        "-b",
        "-q",
        "-X dev",
        "-X utf8",
        "-X utf8=0",
        "-W error",
        "-W ignore -W error::DeprecationWarning",
        "-X warn_default_encoding -W error",
        "-X tracemalloc=7",
        "-X faulthandler -X int_max_str_digits=0 -X no_debug_ranges",
        "-X frozen_modules=off",
        "-X pycache_prefix=caches",
        "-EsPOuB -X dev -W default -bb",
    ],
)
def test_flags(flags: str, tmp_path: Path, fault_environment: dict[str, str]) -> None:
    done = compare(flags.split(), [PROBE, "-X", "--", "x y", ""], tmp_path, env=fault_environment)
    assert done.returncode == 0 and b"tests/faults/programs/probe.py" in done.stdout
    check_report(done)


@pytest.mark.parametrize(
    "variables",
    [
        "",
        "PYTHONMALLOC=debug",
        "PYTHONMALLOC=malloc",
        "PYTHONMALLOC=malloc_debug",
        "PYTHONMALLOC=pymalloc",
        "PYTHONTRACEMALLOC=5",
        "PYTHONDEVMODE=1",
        "PYTHONOPTIMIZE=2 PYTHONHASHSEED=0 PYTHONNOUSERSITE=1 PYTHONUNBUFFERED=1",
        "PYTHONSAFEPATH=1 PYTHONWARNINGS=error PYTHONFAULTHANDLER=1",
        "PYTHONPATH=/nowhere:. PYTHONPYCACHEPREFIX=caches",
        "PYTHONUTF8=0 PYTHONIOENCODING=latin-1:replace",
        "PYTHONASYNCIODEBUG=1 PYTHONINTMAXSTRDIGITS=0 PYTHONNODEBUGRANGES=1 "
        "PYTHONWARNDEFAULTENCODING=1",
        "LC_ALL=C",
        "LANG=C",
        "LANG=C PYTHONCOERCECLOCALE=0",
        "LANG=C PYTHONCOERCECLOCALE=warn",
        "LC_ALL=C PYTHONCOERCECLOCALE=warn",
        "LC_CTYPE=POSIX LANG=en_US.UTF-8",
        "LC_ALL=C PYTHONUTF8=0",
        "LD_BIND_NOW=1 MALLOC_ARENA_MAX=1 OMP_NUM_THREADS=3 _FIL_=x",
    ],
)
def test_variables(variables: str, tmp_path: Path, fault_environment: dict[str, str]) -> None:
    locale = ("LANG", "LC_") if "LANG" in variables or "LC_" in variables else ()
    environment = (
        {name: value for name, value in fault_environment.items() if not name.startswith(locale)}
        if locale
        else fault_environment
    )
    environment = environment | dict(assignment.split("=", 1) for assignment in variables.split())
    environment.pop("_FIL_", None)
    done = compare([], [PROBE, "-m", "filprofiler"], tmp_path, env=environment)
    assert done.returncode == 0
    check_report(done)


def test_an_environment_of_odd_bytes(tmp_path: Path, fault_environment: dict[str, str]) -> None:
    odd = {b"ODD\xff": b"\xfe=\n\x01", b"EMPTY": b"", b"LONG": b"x" * 100_000}
    check_report(
        compare(
            [],
            [PROBE],
            tmp_path,
            env={os.fsencode(k): os.fsencode(v) for k, v in fault_environment.items()} | odd,
        )
    )


SHADOWS = (
    "json",
    "threading",
    "rich",
    "time",
    "socket",
    "shutil",
    "difflib",
    "tempfile",
    "filprofiler",
    "_filext",
    "datetime",
    "random",
    "string",
)


def plant(folder: Path, names: Sequence[str]) -> None:
    """Modules that are the program's own, and tell when they are imported."""
    for place in ("plain", "run", "python", "profiled"):
        (folder / place).mkdir(exist_ok=True)
        for name in names:
            (folder / place / f"{name}.py").write_text(
                f"print({name!r}, 'of the program', flush=True)\nVALUE = 1\n"
            )
        lines = "".join(f"import {name}\nassert {name}.VALUE\n" for name in names if name != "time")
        (folder / place / "program.py").write_text(
            lines + "print('done')\nkept = bytearray(1_000_000)\n"
        )


def test_modules_beside_the_script(tmp_path: Path, fault_environment: dict[str, str]) -> None:
    """The script's folder is the working folder, and full of names that we import elsewhere."""
    plant(tmp_path, SHADOWS)
    done = compare([], ["program.py"], tmp_path, env=fault_environment)
    assert done.stdout.count(b"of the program") == len(SHADOWS) - 1
    check_report(done)


def test_modules_in_the_working_folder(tmp_path: Path, fault_environment: dict[str, str]) -> None:
    """The same by -m, which looks for filprofiler in the working folder, and for nothing else;
    there the script doesn't lie."""
    plant(tmp_path, [name for name in SHADOWS if name != "filprofiler"])
    (tmp_path / "elsewhere.py").write_text(
        "import json, random, threading\nprint(json.loads('[1]'), hasattr(random, 'VALUE'))\n"
    )
    plain, profiled = run_pair([tmp_path / "elsewhere.py"], tmp_path, env=fault_environment)
    check_same(plain, profiled)
    assert profiled.stdout == b"[1] False\n"
    report = check_report(profiled)
    (tmp_path / "profiled/rich").mkdir()
    line = [sys.executable, "-m", "filprofiler", "table", str(report)]
    table = subprocess.run(line, cwd=tmp_path / "profiled", capture_output=True, text=True)
    assert table.returncode == 0 and "of the program" not in table.stdout + table.stderr


OF_RUNPY = (
    "collections",
    "contextlib",
    "functools",
    "importlib",
    "keyword",
    "operator",
    "reprlib",
    "types",
    "warnings",
)


@pytest.mark.parametrize("name", OF_RUNPY)
def test_modules_in_the_working_folder_that_runpy_needs(
    name: str, tmp_path: Path, fault_environment: dict[str, str]
) -> None:
    """`python -m` of anything finds them there, before anybody could prevent it; the script
    `fil-profile` doesn't look there."""
    (tmp_path / "elsewhere.py").write_text(
        f"import {name}\nprint(hasattr({name}, 'VALUE'))\nkept = bytearray(1_000_000)\n"
    )
    for place in ("plain", "run", "python"):
        (tmp_path / place).mkdir()
        (tmp_path / place / f"{name}.py").write_text(
            "VALUE = 1\nprint('of the program', flush=True)\n"
        )
    done = compare([], [tmp_path / "elsewhere.py"], tmp_path, env=fault_environment)
    assert done.stdout == b"False\n"
    check_report(done)


def test_the_browser_is_none_of_the_working_folders(tmp_path: Path) -> None:
    (tmp_path / "webbrowser.py").write_text("open('shadowed', 'w')\n")
    (tmp_path / "browser").write_text(
        f'#!/bin/sh\necho "$1" > {tmp_path}/opened.new\n'
        f"mv {tmp_path}/opened.new {tmp_path}/opened\n"
    )
    (tmp_path / "browser").chmod(0o755)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/program.py").write_text("kept = bytearray(1_000_000)\n")
    environment = os.environ | {"DISPLAY": ":99", "BROWSER": f"{tmp_path}/browser %s"}
    subprocess.run(
        [SCRIPT, "-o", "out", "run", "elsewhere/program.py"],
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    assert soon((tmp_path / "opened").exists)
    assert (tmp_path / "opened").read_text().endswith("/index.html\n") and not (
        tmp_path / "shadowed"
    ).exists()


ITSELF = """
import os, sys
names = [*sys.argv, sys.path[0], __name__, str(__package__),
         __spec__.name if __spec__ else "no spec", globals().get("__file__", "no file")]
print([name.replace(os.getcwd(), ".") for name in names])
"""
WORK = ITSELF + "kept = [[number] for number in range(10_000)]\n"


def make_programs(folder: Path) -> None:
    """The same program as a package, a module of one, a namespace package, a zip, bytecode, a link,
    and under odd names."""
    for path in (
        "pkg/__main__.py",
        "pkg/__init__.py",
        "pkg/inner.py",
        "space/__main__.py",
        "folder/__main__.py",
        "a b$:;c.py",
        "-dash.py",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("" if path.endswith("__init__.py") else WORK)
    with zipfile.ZipFile(folder / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", WORK + "import helper\n")
        archive.writestr(
            "helper.py", "print(__file__.rpartition('/')[2], __loader__.__class__.__name__)\n"
        )
    (folder / "link.py").symlink_to("pkg/inner.py")
    (folder / "bom.py").write_bytes(b"\xef\xbb\xbf" + WORK.encode())
    (folder / "latin.py").write_bytes(
        b"# coding: latin-1\nx = '\xe4'\nprint(ascii(x))\n" + WORK.encode()
    )
    (folder / os.fsdecode(b"bytes\xff.py")).write_text(WORK)
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import py_compile; py_compile.compile('pkg/inner.py', 'compiled.pyc')",
        ],
        cwd=folder,
        check=True,
    )


@pytest.mark.parametrize(
    "line",
    [
        ["-m", "pkg", "-m", "x"],
        ["-m", "pkg.inner"],
        ["-mspace"],
        ["folder", "--help"],
        ["app.pyz", "1"],
        ["compiled.pyc"],
        ["link.py"],
        ["./pkg/../link.py"],
        ["bom.py"],
        ["latin.py"],
        ["a b$:;c.py"],
        ["./-dash.py"],
        [os.fsdecode(b"bytes\xff.py")],
        ["-m", "nowhere"],
        ["-m", "json.tool", "/dev/null"],
        ["-c", WORK, "-c", "x"],
        ["-"],
    ],
)
def test_programs_of_every_make(
    line: list[str], tmp_path: Path, fault_environment: dict[str, str]
) -> None:
    make_programs(tmp_path / "made")
    for place in ("plain", "run", "python"):
        shutil.copytree(tmp_path / "made", tmp_path / place, symlinks=True)
    compare(
        [], line, tmp_path, env=fault_environment, input=WORK.encode() if line == ["-"] else None
    )


def test_interactive(tmp_path: Path, fault_environment: dict[str, str]) -> None:
    """After the script the interpreter goes on with stdin; it alone reads PYTHONSTARTUP."""
    for place in ("plain", "run", "python"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "program.py").write_text(
            "kept = bytearray(1_000_000)\nprint('script')\n"
        )
        (tmp_path / place / "startup.py").write_text("print('startup')\n")
    environment = fault_environment | {"PYTHONSTARTUP": "startup.py"}
    commands = b"print(len(kept))\n1/0\nraise SystemExit(7)\n"
    done = compare(["-i"], ["program.py"], tmp_path, env=environment, input=commands)
    assert done.returncode == 7 and b"1000000" in done.stdout
    compare([], ["program.py"], tmp_path, env=environment | {"PYTHONINSPECT": "1"}, input=commands)


def test_what_a_program_does_for_us_stays(
    tmp_path: Path, fault_environment: dict[str, str]
) -> None:
    """Another program calls our main: its changes of the environment are meant for the profiled
    program."""
    (tmp_path / "program.py").write_text(
        "import os\nprint(os.environ['MADE'], 'GONE' in os.environ)\n"
    )
    arguments = ["fil", "-o", "out", "--no-browser", "run", "program.py"]
    changes = "os.environ['MADE'] = '1'; del os.environ['GONE']"
    (tmp_path / "theirs.py").write_text(
        f"import os, sys\n{changes}\nsys.argv = {arguments}\nfrom filprofiler.cli import main\n"
        "main()\n"
    )
    done = run([sys.executable, "theirs.py"], tmp_path, env=fault_environment | {"GONE": "x"})
    assert (done.returncode, done.stdout) == (0, b"1 False\n"), done.stderr


def test_a_sitecustomize_runs_once(tmp_path: Path, fault_environment: dict[str, str]) -> None:
    """What it does to the environment isn't found done already."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(
        "import os\nos.environ['SEEN'] = os.environ.get('SEEN', '') + 'x'\n"
    )
    (tmp_path / "program.py").write_text("import os\nprint(os.environ['SEEN'])\n")
    done = compare(
        [],
        [tmp_path / "program.py"],
        tmp_path,
        env=fault_environment | {"PYTHONPATH": str(tmp_path / "site")},
    )
    assert done.stdout == b"x\n"
