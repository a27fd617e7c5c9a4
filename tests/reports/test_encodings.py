# SPDX-License-Identifier: Apache-2.0
"""Source lines of files in other encodings than UTF-8: the report shows what Python reads."""

import codecs
import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.running import REPOSITORY, run_profiled

SINGLE = [
    "latin-1",
    "iso-8859-15",
    "iso-8859-2",
    "iso-8859-5",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp437",
    "cp850",
    "koi8-r",
    "mac-roman",
]
PAIRS = [
    "gb2312",
    "gbk",
    "gb18030",
    "big5",
    "cp950",
    "shift_jis",
    "cp932",
    "euc-kr",
    "cp949",
    "euc-jp",
]
A_LINE = 120  # characters beside the code: lines are cut after 200


def characters(encoding: str) -> list[str]:
    """All that the encoding has in one byte or two, but for ASCII."""
    codes = [bytes([lead]) for lead in range(128, 256)] + [
        bytes([lead, trail]) for lead in range(128, 256) for trail in range(64, 256)
    ]
    decoded = (code.decode(encoding, "ignore") for code in codes)
    return sorted({text for text in decoded if len(text) == 1 and "\x7f" < text < "\U00010000"})


def source_lines(program: bytes, tmp_path: Path) -> dict[str, str]:
    """The lines of a program as its report has them, by their numbers."""
    script = tmp_path / "script.py"
    script.write_bytes(program)
    profiled = run_profiled([str(script)], tmp_path / "out")
    assert profiled.returncode == 0, profiled.stderr
    assert profiled.report is not None
    sources = json.loads((profiled.report / "peak-memory.json").read_text())["sources"]
    lines: dict[str, str] = sources[str(script)]
    return lines


@pytest.mark.parametrize("encoding", [*SINGLE, *PAIRS])
def test_every_character_of_the_encoding_is_shown(encoding: str, tmp_path: Path) -> None:
    known = characters(encoding)
    assert len(known) > (90 if encoding in SINGLE else 6000)
    comments = ["".join(known[at : at + A_LINE]) for at in range(0, len(known), A_LINE)]
    lines = [f"keep.append(bytearray(1 << 17))  # {comment}." for comment in comments]
    text = "\n".join([f"# -*- coding: {encoding} -*-", "keep = []", *lines, ""])
    shown = source_lines(text.encode(encoding), tmp_path)
    for number, line in enumerate(lines, start=3):
        assert shown[str(number)] == line


@pytest.mark.parametrize(
    "program",
    [
        "#!/usr/bin/env python\n# vim: set fileencoding=ISO_8859-1 :\n"
        "block = bytearray(40 << 20)  # déjà vu\n",
        "# coding=L1\nblock = bytearray(40 << 20)  # déjà vu\n",
        "\n \t# -*- coding: latin-1-unix -*-\nblock = bytearray(40 << 20)  # déjà vu\n",
        "# encoding and coding: Latin1, which is old\nblock = bytearray(40 << 20)  # déjà vu\n",
    ],
    ids=["behind a shebang", "short", "in the second line, with an addition", "the second mention"],
)
def test_the_declaration_is_found_as_python_finds_it(program: str, tmp_path: Path) -> None:
    shown = source_lines(program.encode("latin-1"), tmp_path)
    assert list(shown.values()) == ["block = bytearray(40 << 20)  # déjà vu"]


@pytest.mark.parametrize(
    "program",
    [
        "#!/usr/bin/env python\n#\n# coding: latin-1\nblock = bytearray(40 << 20)  # déjà vu\n",
        "import sys\n# coding: latin-1\nblock = bytearray(40 << 20)  # déjà vu\n",
        "\ufeff# coding: utf-8\nblock = bytearray(40 << 20)  # déjà vu\n",
        "\ufeffblock = bytearray(40 << 20)  # déjà vu\n",
        "# coding: utf8\nblock = bytearray(40 << 20)  # déjà vu\n",
        "block = bytearray(40 << 20)  # déjà vu\n",
        "coding = 'coding: latin-1'; block = bytearray(40 << 20)  # déjà vu\n",
    ],
    ids=[
        "in the third line",
        "behind code",
        "a mark and UTF-8",
        "a mark",
        "UTF-8",
        "none",
        "in a text",
    ],
)
def test_what_is_utf_8_stays_utf_8(program: str, tmp_path: Path) -> None:
    shown = source_lines(program.encode("utf-8"), tmp_path)
    assert [
        line for line in shown.values() if line.endswith("block = bytearray(40 << 20)  # déjà vu")
    ]


def test_what_cannot_be_read_shows_its_ascii(tmp_path: Path) -> None:
    """A name that is no encoding's: Python wouldn't start such a file, but this one becomes it."""
    changed = b"# coding: klingon\nblock = bytearray(40 << 20)  # d\xe9j\xe0 vu\n"
    program = (
        "# coding: latin-1\nblock = bytearray(40 << 20)  # d\xe9j\xe0 vu\n"
        f"open(__file__, 'wb').write({changed!r})\n"
    )
    shown = source_lines(program.encode("latin-1"), tmp_path)
    assert shown["2"] == "block = bytearray(40 << 20)  # d\ufffdj\ufffd vu"


def test_the_names_are_pythons(tmp_path: Path) -> None:
    """Each name in the table leads Python to an encoding that decodes as the table does."""
    header = tmp_path / "tables.h"
    subprocess.run([sys.executable, REPOSITORY / "report/encodingtables.py", header], check=True)
    names = [
        line.split('"')[1]
        for line in header.read_text().splitlines()
        if line.endswith('"},') and line.startswith("{")
    ]
    assert {
        "latin_1",
        "latin1",
        "l1",
        "windows_1252",
        "cp936",
        "sjis",
        "ujis",
        "macintosh",
        "koi8_r",
    } <= set(names)
    assert names == sorted(names)
    assert all(codecs.lookup(name) for name in names)
