# SPDX-License-Identifier: Apache-2.0
"""The end of a run on terminals of all widths, links where terminals know them, and `fil-profile
open`."""

import os
import re
from pathlib import Path
from typing import Any
from unicodedata import combining, east_asian_width

import pytest
from support.terminals import Terminal, fil

LINK = re.compile(r"\x1b]8;;(.*?)\x1b\\(.*?)\x1b]8;;\x1b\\")
WIDE = """\
import json
def 説明文を作る関数の名前が長い場合(n):
    文章 = bytearray(n)  # 日本語の長い説明文が続きます、とても長い行なので切られるはずです 한글
    return 文章
kept = [説明文を作る関数の名前が長い場合(20_000_000)]; m = bytearray(9_000_000); "\\u202e e\u0301"
"""


def columns(line: str) -> int:
    return sum((2 if east_asian_width(c) in "WF" else 1) for c in line if not combining(c))


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("command", ["run", "summary", "table", "tree", "list"])
def test_wide_characters_break_no_line(command: str, width: int, tmp_path: Path) -> None:
    (tmp_path / "文字.py").write_text(WIDE)
    if command != "run":
        assert fil("run", "-q", "文字.py").returncode == 0
    terminal = Terminal(
        *(["--no-browser", "run", "文字.py"] if command == "run" else [command]), width=width
    )
    lines = terminal.lines()
    assert terminal.close() == 0
    rows = lines[2:-2] if command == "run" else lines  # paths are never cut
    assert max(map(columns, rows)) <= width, rows
    if command == "run":
        assert (
            "文字.py:3" in lines[3]
            and lines[3].startswith("  19.1 MiB  ")
            and "bytearray" in lines[3]
        )
        assert lines[-1] == "More: fil-profile table" and lines[-2].endswith("-文字/index.html")


def test_the_end_of_a_run_in_a_pipe(tmp_path: Path) -> None:
    """Each line is known by its beginning, nothing is cut or coloured, whatever is set."""
    (tmp_path / "文字.py").write_text(WIDE)
    variables = {"FORCE_COLOR": "1", "COLUMNS": "40", "FORCE_HYPERLINK": "1", "TERM": "xterm-kitty"}
    said = fil("run", "文字.py", env=os.environ | variables).stderr
    assert (
        all(line.startswith("=fil-profile= ") for line in said.splitlines()) and "\x1b" not in said
    )
    assert "説明文を作る関数の名前が長い場合  文章 = bytearray(n)" in said and "한글" in said


TERMINALS: list[tuple[dict[str, str], bool]] = [
    ({}, False),
    ({"TERM_PROGRAM": "vscode"}, True),
    ({"TERM_PROGRAM": "Apple_Terminal"}, False),
    ({"VTE_VERSION": "7200"}, True),
    ({"VTE_VERSION": "4205"}, False),
    ({"WT_SESSION": "1"}, True),
    ({"TERM": "xterm-kitty"}, True),
    ({"TERM": "dumb", "WT_SESSION": "1"}, False),
    ({"TERM": "tmux-256color", "VTE_VERSION": "7200"}, False),
    ({"VTE_VERSION": "7200", "SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, False),
    ({"VTE_VERSION": "7200", "FORCE_HYPERLINK": "0"}, False),
    ({"FORCE_HYPERLINK": "1"}, True),
]
KNOWN = (
    "TERM_PROGRAM",
    "VTE_VERSION",
    "WT_SESSION",
    "KONSOLE_VERSION",
    "KITTY_WINDOW_ID",
    "TMUX",
    "STY",
)


@pytest.mark.parametrize(("variables", "has_links"), TERMINALS)
def test_links(
    variables: dict[str, Any], has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*KNOWN, "SSH_CONNECTION", "FORCE_HYPERLINK"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "job.py").write_text("x = bytearray(9_000_000)")
    terminal = Terminal("--no-browser", "-o", "ou t", "run", "job.py", **variables)
    text = terminal.read_until()
    assert terminal.close() == 0
    found = LINK.search(text)
    assert bool(found) == has_links == ("\x1b]8" in text)
    page = next(Path("ou t").glob("*/index.html"))
    assert f"fil-profile table 'ou t/{page.parent.name}'" in text
    if found:
        assert (
            found[1]
            == f"file://{os.uname().nodename}{tmp_path}/ou%20t/{page.parent.name}/index.html"
        )
        assert found[2] == str(page)


# ---- open


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "job.py").write_text("x = bytearray(9_000_000)")
    for _ in range(2):
        assert fil("run", "-q", "job.py").returncode == 0
    return tmp_path / max(Path("fil-result").glob("*/index.html"))


def test_open_in_a_browser(page: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{tmp_path}/shown\n')
    browser.chmod(0o755)
    for arguments in ([], ["fil-result"], [str(page)], [str(page.parent / "peak-memory.svg")]):
        done = fil("open", *arguments, env=os.environ | {"BROWSER": f"{browser} %s"})
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{page}\n", "")
        assert (tmp_path / "shown").read_text().strip() == page.as_uri()


def test_open_without_a_screen(page: Path) -> None:
    done = fil("open")
    assert (done.returncode, done.stdout) == (
        0,
        f"{page}\n",
    ) and "There is no screen here" in done.stderr
    over = fil("open", env=os.environ | {"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"})
    assert over.stdout == done.stdout and re.search(
        rf"scp \S+@10\.0\.0\.2:{page} \.$", over.stderr.strip()
    )


def test_open_what_has_no_report(page: Path) -> None:
    page.unlink()
    done = fil("open", str(page.parent))
    assert done.returncode == 2 and f"fil-profile report {page.parent} makes it" in done.stderr
    assert (
        fil("report", "--no-browser", str(page.parent)).returncode == 0
        and fil("open").stdout == f"{page}\n"
    )
    assert fil("open", "nowhere").returncode == 2


def test_the_width_is_that_at_the_end(tmp_path: Path) -> None:
    """A window that was made smaller while the program ran."""
    (tmp_path / "job.py").write_text(
        "import fcntl, struct, termios\n"
        "fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 60, 0, 0))\n"
        "x = bytearray(9_000_000)  # " + "long " * 30
    )
    terminal = Terminal("--no-browser", "run", "job.py", width=200)
    lines = terminal.lines()
    assert terminal.close() == 0 and len(lines[3]) == 60 and lines[3].endswith("…")


LONG = """\
class Pipeline:
    def load_everything_from_the_storage(self):
        self.measurements_of_the_whole_year = bytearray(b"x" * 20_000_000)
        return self.measurements_of_the_whole_year
pipeline = Pipeline()
result = pipeline.load_everything_from_the_storage()
other = bytearray(b"x" * 10_000_000)
"""


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_nothing_that_matters_is_cut(width: int, tmp_path: Path) -> None:
    """Of what is still in use at the end the figures and the line stay, however narrow."""
    (tmp_path / "analyse_measurements.py").write_text(LONG)
    terminal = Terminal("run", "--no-browser", "analyse_measurements.py", width=width, NO_COLOR="1")
    lines = terminal.lines()
    assert terminal.close() == 0
    at = next(at for at, line in enumerate(lines) if line.startswith("Still in use at the end: "))
    said = lines[at] if width == 200 else " ".join(lines[at : at + 2])
    assert re.match(r"Still in use at the end: 2\d\.\d MiB,? +19\.1 MiB of it by ", said)
    by = said.partition(" of it by ")[2]
    assert by.split()[0].endswith(".py:3") and (width < 60 or "self.mea" in by)
    assert width < 60 or by.startswith("analyse_measurements.py:3  self.")
    assert len(lines[at + 1]) <= width


@pytest.mark.parametrize("newer", ["", "2999-01-01T00-00-00_000-other", "2001-01-01T00-00-00_000"])
def test_more_names_the_folder_where_it_is_not_the_newest(newer: str, tmp_path: Path) -> None:
    """As when several programs run at once: `table` alone would show another one."""
    (tmp_path / "job.py").write_text("x = bytearray(20_000_000)\n")
    if newer:
        (tmp_path / "fil-result" / newer).mkdir(parents=True)
    said = fil("run", "job.py", cwd=tmp_path).stderr
    [more] = [line.partition("More: ")[2] for line in said.splitlines() if "More: " in line]
    [ours] = (tmp_path / "fil-result").glob("*-job")
    assert more == ("fil-profile table" + (f" {ours}" if newer[:4] == "2999" else ""))
