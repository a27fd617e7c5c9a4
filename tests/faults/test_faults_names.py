# SPDX-License-Identifier: Apache-2.0
"""The fault suite: names and sources that no program should have, in reports that every reader can
read."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.pairs import check_files, check_report, check_same, run_pair

# Each function holds 1 MB under a name of this sort, in a file of this name, in a thread of this
# name.
HOLD = """
import os, sys, threading, types
kept = []
def hold(name, file, text="def f(kept): kept.append(bytearray(1_000_000))", line=1):
    code = compile("\\n" * (line - 1) + text, "<made>", "exec")
    inner = next(part for part in code.co_consts if isinstance(part, types.CodeType))
    code = inner.replace(co_name=name, co_qualname=name, co_filename=file)
    function = types.FunctionType(code, {})
    thread = threading.Thread(target=function, args=(kept,), name=name)
    thread.start()
    thread.join()
"""
NAMES = (
    HOLD
    + """
names = ["new\\nline", "semi;colon", "a]]>b", "<script>alert(1)</script>", "</script>",
         "<!--", "-->", "&amp;&lt;", '"quoted\\'', "{{script-hash}}", "%s%n",
         "bell\\x07esc\\x1b[31m\\x00nul\\x7f", "\\x85\\u2028\\u2029",
         "\\ud800\\udfff", "\\udcff\\udc80",
         "\\ufffe\\uffff\\ufeff", "\\U0010ffff\\U0001f600",
         "\\u202eevil", "tab\\tcr\\r", "", " ", "x" * 10_000, "\\u00e9" * 10_000,
         "\\udc80" * 10_000, "back\\\\slash", "a (b) 12", "a:1 (b)"]
for name in names:
    hold(name, "file.py")
    hold("function", name)
    hold("function", "/nowhere/" + name + ".py")
print(len(kept))
"""
)
SOURCES = (
    HOLD
    + """
import socket
def of(name): return os.path.abspath(name)
os.mkfifo("fifo.py")
os.mkdir("folder.py")
os.symlink("loop.py", "loop.py")
with socket.socket(socket.AF_UNIX) as server: server.bind("socket.py")
with open("sparse.py", "wb") as file: file.truncate(1 << 30)
with open("binary.py", "wb") as file: file.write(bytes(range(256)) * 100)
with open("long.py", "w") as file: file.write("x = '" + "y" * 3_000_000 + "'\\n")
with open("forbidden.py", "w") as file: file.write("kept = 1\\n")
os.chmod("forbidden.py", 0)
with open("gone.py", "w") as file: file.write("kept = 2\\n")
with open("short.py", "w") as file: file.write("kept = 3\\n")
with open("noend.py", "w") as file: file.write("kept = 4")
for name in ("fifo", "folder", "loop", "socket", "sparse", "binary", "long", "forbidden", "gone",
             "short", "noend", "empty"):
    hold(name, of(name + ".py"))
    hold(name, of(name + ".py"), line=2_000_000 if name == "sparse" else 3)
for device in ("/dev/zero", "/dev/full", "/dev/tty", "/dev/stdin", "/dev/random",
               "/proc/self/mem", "/proc/self/maps", "/proc/kmsg"):
    hold("device", device)
os.unlink("gone.py")
open("empty.py", "w").close()
with open("short.py", "w") as file: file.write("")
print(len(kept))
"""
)
LOCALES: list[dict[str, str]] = [{}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}]


def profile_of(
    program: str, folder: Path, environment: dict[str, str], prints: bytes
) -> tuple[Path, dict[str, Any]]:
    """The report of the program, with everything compared, and its profile."""
    (folder / "program.py").write_text(program)
    plain, profiled = run_pair([folder / "program.py"], folder, env=environment)
    if plain.stdout != prints:
        pytest.skip(f"plain, it prints {plain.stdout!r}: {plain.stderr!r}")
    check_same(plain, profiled)
    report = check_report(profiled)
    return report, check_files(report)


@pytest.mark.parametrize("locale", LOCALES, ids=["the user's locale", "C"])
def test_names(
    locale: dict[str, str], tmp_path: Path, fault_environment: dict[str, str], browser: Any
) -> None:
    """Every megabyte is there, under a name that stays on its line, and the page runs no script but
    its own."""
    report, profile = profile_of(NAMES, tmp_path, fault_environment | locale, b"81\n")
    assert profile["peak_bytes"] >= 81_000_000
    names = {function[0] for function in profile["functions"]} | {
        path[0] for path in profile["paths"]
    }
    for name in (
        "new\nline",
        "semi;colon",
        "a]]>b",
        "<script>alert(1)</script>",
        "x" * 10_000,
        "\\xff\\x80",
        "\\ud800\\udfff",
        "a (b) 12",
    ):
        assert name in names, name
    assert "new\nline" in profile["threads"] or "new\\nline" in profile["threads"], profile[
        "threads"
    ]
    held = sum(
        int(line.rpartition(" ")[2])
        for line in (report / "peak-memory.prof").read_text().splitlines()
    )
    assert held >= 0.99 * profile["peak_bytes"]
    page = browser.new_page()
    told: list[str] = []

    def dismiss(dialog: Any) -> None:
        told.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on(
        "console", lambda message: told.append(message.text) if message.type == "error" else None
    )
    page.goto(f"file://{report}/index.html")
    assert "peak" in page.inner_text("body").lower() and "semi;colon" in page.content()
    page.goto(f"file://{report}/peak-memory.svg")
    assert told == [] and page.locator("svg").count() > 0
    page.close()


def test_sources(tmp_path: Path, fault_environment: dict[str, str]) -> None:
    """What can be read is read, up to a bound; nothing hangs, and what was never a file is none of
    ours."""
    _, profile = profile_of(SOURCES, tmp_path, fault_environment, b"32\n")
    sources = {
        Path(name).name: lines
        for name, lines in profile["sources"].items()
        if name.startswith((str(tmp_path), "/dev", "/proc"))
    }
    assert sources["noend.py"] == {"1": "kept = 4"}
    assert len(sources["long.py"]["1"]) <= 200
    assert not sources.keys() & {
        "fifo.py",
        "folder.py",
        "loop.py",
        "socket.py",
        "gone.py",
        "empty.py",
        "zero",
        "full",
        "tty",
        "random",
        "sparse.py",
    }
    assert all(path[0] for path in profile["paths"][1:])


def test_a_script_that_removes_itself(tmp_path: Path, fault_environment: dict[str, str]) -> None:
    text = "import os\nkept = bytearray(5_000_000)\nos.unlink(__file__)\nos.mkfifo(__file__)\n"
    for name in ("plain", "profiled"):
        (tmp_path / name).mkdir()
        (tmp_path / name / os.fsdecode(b"odd\xff;\n<x>.py")).write_text(text)
    plain, profiled = run_pair([os.fsdecode(b"odd\xff;\n<x>.py")], tmp_path, env=fault_environment)
    check_same(plain, profiled)
    report = check_report(profiled)
    profile = json.loads((report / "peak-memory.json").read_text())
    assert re.fullmatch(r"odd\\(xff|udcff);\n<x>\.py", profile["command"][-1]), profile["command"]
    assert "odd\\xff" in (report / "peak-memory.prof").read_text()
