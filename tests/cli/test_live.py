# SPDX-License-Identifier: Apache-2.0
"""A program that is followed while it runs."""

import json
import os
import re
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.running import run_profiled
from support.terminals import LINE, Terminal, fil

RUNS = """
import time
kept = []
def grow(): kept.append(bytearray(20_000_000))
grow()
print("ready", flush=True)
input()
grow()
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "runs.py").write_text(RUNS)
    line = [*LINE, "-o", "out", "--no-browser", "run", "-q", "runs.py"]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def let_go(running: subprocess.Popen[str]) -> None:
    assert running.stdin
    running.stdin.write("\n")
    running.stdin.flush()


@pytest.mark.parametrize("by", ["process", "folder"])
def test_live_in_a_pipe(by: str, running: subprocess.Popen[str]) -> None:
    target = str(running.pid) if by == "process" else "out"
    with subprocess.Popen(
        [*LINE, "live", target], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as live:
        assert live.stdout and live.stderr
        first, second = live.stdout.readline(), live.stdout.readline()
        let_go(running)
        rest = live.stdout.read().splitlines()
        assert live.wait() == 0 and live.stderr.read() == ""
    assert re.fullmatch(r"\d+\.\d+ s  now 19\.\d MiB  peak 19\.\d MiB\n", first)
    assert re.fullmatch(r"19\.1 MiB +\d+\.\d %  runs\.py:4  grow +def grow.*\n", second)
    [page] = Path("out").glob("*/index.html")
    assert re.fullmatch(
        rf"Process {running.pid} ended; peak 38\.\d MiB in \d+\.\d+ s; its report is "
        rf"{page.resolve()}",
        rest[-1],
    )
    assert "\x1b" not in "".join(rest)


def test_live_for_programs(running: subprocess.Popen[str]) -> None:
    with subprocess.Popen(
        [*LINE, "live", "--json", str(running.pid)], stdout=subprocess.PIPE, text=True
    ) as live:
        assert live.stdout
        look = json.loads(live.stdout.readline())
        let_go(running)
        rest = live.stdout.read().splitlines()
    assert look["pid"] == running.pid and look["live_bytes"] == pytest.approx(20_000_000, rel=0.01)
    assert look["top_lines"][0]["function"] == "grow" and all(json.loads(line) for line in rest)


def test_live_on_a_terminal(running: subprocess.Popen[str]) -> None:
    terminal = Terminal("live", str(running.pid), width=80)
    terminal.read_until("grow")
    let_go(running)
    lines = terminal.lines()
    assert (
        terminal.close() == 0 and lines[-2].startswith(f"Process {running.pid} ended; ")
    ) or lines[-1].startswith("Process")
    assert (
        terminal.text.rfind("\x1b[?25h") > terminal.text.rfind("\x1b[?25l") > -1
    )  # the cursor is there again


def test_live_ends_by_control_c(running: subprocess.Popen[str]) -> None:
    terminal = Terminal("live", str(running.pid))
    terminal.read_until("grow")
    os.write(terminal.control, b"\x03")
    terminal.read_until()
    assert (
        "Traceback" not in terminal.text
        and "Error" not in terminal.text
        and terminal.text.endswith("\x1b[?25h")
    )
    assert termios.tcgetattr(terminal.inner) == terminal.before and terminal.close() == 130
    assert running.poll() is None  # the program doesn't notice
    let_go(running)
    assert running.wait(30) == 0


def test_live_of_a_program_that_is_killed(running: subprocess.Popen[str]) -> None:
    with subprocess.Popen(
        [*LINE, "live", str(running.pid)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as live:
        assert live.stdout and live.stderr
        live.stdout.readline()
        running.kill()
        assert f"Process {running.pid} ended; peak 19." in live.stdout.read().splitlines()[-1]
        assert live.wait() == 0 and live.stderr.read() == ""


def test_live_of_what_is_not_recorded(tmp_path: Path) -> None:
    done = fil("live", str(os.getpid()))
    assert (
        done.returncode == 2
        and "keeps no recording" in done.stderr
        and done.stderr.count("\n") == 1
    )
    assert run_profiled(["-c", "pass"], tmp_path / "out").returncode == 0
    done = fil("live", "out")
    assert done.returncode == 2 and "No program runs that records into 'out'" in done.stderr


def test_tables_of_a_program_that_runs(running: subprocess.Popen[str]) -> None:
    assert (
        "runs.py:4" in fil("table", "out").stdout
        and "is running" in fil("tree", "out").stdout.splitlines()[0]
    )
