# SPDX-License-Identifier: Apache-2.0
"""What is still in use at the end, to the byte: of programs, cells and recordings, however they
end."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.interpreters import VERSIONS, Builds, interpreter
from support.notebooks import Notebook
from support.recorded import profile as recorded
from support.running import Outcome, run_profiled, same, soon

from filprofiler import Snapshot, liveview
from filprofiler.looks import Look
from filprofiler.snapshots import Frame, Line

PROGRAM = """\
import atexit, mmap, os, signal, sys, threading, time

def block(size): return bytearray(size)

class Holder: pass

def in_thread():
    global of_the_thread
    of_the_thread = block(3_000_000)
    passing = block(9_000_000)

def main():
    local = block(7_000_000)

kept = list(map(block, [1_000_000] * 10))
del kept[::2]
main()
garbage = Holder(); garbage.itself = garbage; garbage.data = block(2_000_000)
del garbage
gone = block(50_000_000)
del gone
thread = threading.Thread(target=in_thread, name="loader"); thread.start(); thread.join()
mapped = mmap.mmap(-1, 4 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
mapped.madvise(mmap.MADV_NOHUGEPAGE)
mapped[: 1 << 20] = b"x" * (1 << 20)
empty = bytes(8 << 20)
"""
BLOCK = 57  # bytes: a bytearray's object, and the NUL behind its contents
HELD = {
    "15:3": 5 * (1_000_000 + BLOCK),
    "18:3": 2_000_000 + BLOCK,
    "9:3": 3_000_000 + BLOCK,
    "23": 4 << 20,
    "26": (8 << 20) + 33,
}
BLOCKS = sum(HELD[lines] for lines in ("15:3", "18:3", "9:3"))  # by line 3


def held(snapshot: Snapshot, name: str = "ends.py") -> dict[str, int]:
    """The stacks of 1 MB and more, by the numbers of the program's lines."""
    found: Counter[str] = Counter()
    for stack in snapshot.stacks:
        lines = [str(frame.line) for frame in stack.frames if os.path.basename(frame.file) == name]
        found[":".join(lines)] += stack.bytes
    return {lines: size for lines, size in found.items() if size >= 1_000_000}


def close(figures: dict[str, int]) -> Any:
    """A mapping's line holds the object, too, and the loop's frame."""
    return pytest.approx(figures, abs=600)


def run(line: str, folder: Path) -> Outcome:
    (folder / "ends.py").write_text(PROGRAM + line + "\n")
    return run_profiled(["ends.py"], folder / "out", cwd=folder)


def command(*arguments: str, code: int = 0) -> str:
    """Run a command; what it said."""
    line = [sys.executable, "-m", "filprofiler", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    return done.stdout + (done.stderr if code else "")


def profile(done: Outcome) -> Snapshot:
    assert done.report, done.stderr
    return Snapshot.load(done.report / "peak-memory.json")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", 0),
        ("sys.exit(4)", 4),
        ("raise SystemExit", 0),
        ("1 / 0", 1),
        ("os._exit(3)", 3),
        ("import gc; gc.disable(); import ctypes; ctypes.CDLL(None).exit(5)", 5),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("os.kill(os.getpid(), signal.SIGTERM)", -15),
        ("atexit.register(lambda: os.kill(os.getpid(), 9))", -9),
        ("atexit.register(lambda: os._exit(6))", 6),
    ],
)
def test_however_a_program_ends(line: str, code: int, tmp_path: Path) -> None:
    done = run(line, tmp_path)
    assert done.returncode == code
    end = profile(done).at_end()
    assert held(end) == close(HELD) and not end.goes_on
    assert end.bytes_by_thread["loader"] == pytest.approx(3_000_000, abs=500)
    assert end.bytes_by_kind["anonymous mapping"] == 4 << 20
    assert held(profile(done))["20:3"] == 50_000_000 + BLOCK  # at the peak
    assert "Still in use at the end: " in done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_on_every_python(version: str, tmp_path: Path, builds: Builds) -> None:
    """The end is seen through the interpreter's own atexit, which each version has its way of."""
    python = interpreter(version)
    (tmp_path / "ends.py").write_text(PROGRAM)
    output = tmp_path / "out"
    output.mkdir()
    environment = builds.environment(python, output)
    done = subprocess.run([python, "ends.py"], cwd=tmp_path, env=environment, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")
    assert held(Snapshot.load(output / "peak-memory.json").at_end()) == close(HELD)


def test_what_was_never_touched(tmp_path: Path) -> None:
    """Three of the mapping's four MiB, and of `empty` all but its first page, which may be a huge
    one."""
    end = profile(run("", tmp_path)).at_end()
    untouched = {line: size for _, _, line, _, _, _, size, *_ in end.native.answers("line") if size}
    assert untouched[23] == 3 << 20
    assert untouched[26] == pytest.approx(8 << 20, abs=(2 << 20) + 4096)


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ("kept.clear()", "15:3"),
        ("import gc; gc.collect()", "18:3"),
        ("of_the_thread = None", "9:3"),
        ("mapped.close()", "23"),
        ("atexit.register(kept.clear)", "15:3"),
        (
            "thread = threading.Thread(target=lambda: (time.sleep(0.2), kept.clear())); "
            "thread.start()",
            "15:3",
        ),
    ],
)
def test_what_is_gone_at_the_end(line: str, gone: str, tmp_path: Path) -> None:
    """The atexit functions are the program's, and threads that it waits for."""
    end = profile(run(line, tmp_path)).at_end()
    assert held(end) == close({lines: size for lines, size in HELD.items() if lines != gone})


def test_nothing_is_left(tmp_path: Path) -> None:
    done = run("import gc; del kept, of_the_thread, empty; mapped.close(); gc.collect()", tmp_path)
    assert held(profile(done).at_end()) == {} and "Still in use" not in done.stderr


def test_what_the_interpreter_does_afterwards(tmp_path: Path) -> None:
    """It may make a new peak; the end stays the program's."""
    line = "class Late:\n    def __del__(self): self.more = bytearray(90_000_000)\nlate = Late()"
    done = run(line, tmp_path)
    assert held(profile(done).at_end()) == close(HELD)
    assert profile(done).peak_bytes > 90_000_000


@pytest.mark.parametrize("line", ["atexit._run_exitfuncs()", "atexit._clear()"])
def test_an_end_that_was_not_seen(line: str, tmp_path: Path) -> None:
    """The program took our function away, too: no figure, rather than a wrong one."""
    done = run(line, tmp_path)
    with pytest.raises(ValueError, match=r"no end: .*before the program's end was seen"):
        profile(done).at_end()
    said = command("table", "--at", "end", str(done.report), code=2)
    assert "this profile has no end" in said


def test_the_program_sees_nothing_of_it(tmp_path: Path) -> None:
    """No module, no other order of its own functions."""
    (tmp_path / "sees.py").write_text("""\
import sys
print(sorted(sys.modules))
import atexit
for number in range(3): atexit.register(print, number)
""")
    same(["sees.py"], tmp_path, flags=("-I",), cwd=tmp_path)


def test_a_report_that_is_asked_for(tmp_path: Path) -> None:
    """It tells what is in use then; the last one, what is at the end."""
    line = "os.kill(os.getpid(), signal.SIGUSR2); kept.clear()"
    done = run(line, tmp_path)
    assert done.report
    [asked_for] = done.report.glob("*/peak-memory.json")
    now, end = Snapshot.load(asked_for).at_end(), profile(done).at_end()
    assert held(now) == close(HELD) and now.goes_on and not end.goes_on
    assert "15:3" not in held(end) and "In use now: " in done.stderr


def test_shares_are_of_what_is_live() -> None:
    """Not of the peak, where `live` shows the lines that hold the most now."""
    line = Line(Frame("job.py", 7, "load"), 3 << 20, "rows = load()")
    look = Look(1, 2.0, 4 << 20, 100 << 20, [line], Snapshot(recorded()), [], 4 << 20)
    assert liveview.cells(look)[0][1].text == "75.0 %"


def test_a_program_that_runs(tmp_path: Path) -> None:
    """`report`, the commands and `live` read what is in use now, from the outside."""
    (tmp_path / "ends.py").write_text(PROGRAM + "open('ready', 'w').close(); time.sleep(100)\n")
    line = [sys.executable, "-m", "filprofiler", "run", "-o", "out", "ends.py"]
    with subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        try:
            assert soon((tmp_path / "ready").exists)
            [folder] = (tmp_path / "out").iterdir()
            said = command("table", "--at", "end", "--json", str(folder))
            assert json.loads(said)["rows"][0]["own_bytes"] == pytest.approx(BLOCKS, abs=600)
            with subprocess.Popen(
                [sys.executable, "-m", "filprofiler", "live", "--json", "--at", "end", str(folder)],
                stdout=subprocess.PIPE,
                text=True,
            ) as follower:
                assert follower.stdout
                look = json.loads(follower.stdout.readline())
                follower.send_signal(signal.SIGINT)
            sizes = {row["line"]: row["own_bytes"] for row in look["top_lines"]}
            assert sizes[26] == pytest.approx(8 << 20, abs=600)
            assert sizes[3] == pytest.approx(BLOCKS, abs=600)
            command("report", "--no-browser", str(folder))
            snapshot = Snapshot.load(folder / "peak-memory.json")
            assert held(snapshot.at_end()) == close(HELD) and snapshot.at_end().goes_on
            assert held(snapshot)["20:3"] == 50_000_000 + BLOCK
        finally:
            process.kill()


def test_a_recording_of_ones_own(tmp_path: Path) -> None:
    """stop() is the end; snapshot() tells what is in use now."""
    program = """\
import filprofiler
filprofiler.start()
kept = bytearray(5_000_000)
passing = bytearray(9_000_000)
now = filprofiler.snapshot()
del passing
end = filprofiler.stop()
for snapshot in (now, end):
    moment = snapshot.at_end()
    held = [line.bytes for line in moment.own_lines()]
    print(moment.goes_on, [bytes // 1000 for bytes in held if bytes > 1_000_000])
print(end.at_end().at_peak().peak_bytes == end.peak_bytes, end.end_bytes == end.at_end().peak_bytes)
"""
    (tmp_path / "own.py").write_text(program)
    done = run_profiled(["own.py"], tmp_path / "out", command="python", cwd=tmp_path)
    assert done.stdout == "True [9000, 5000]\nFalse [5000]\nTrue True\n", done.stderr


def test_kept_after_a_cell(fil: Notebook) -> None:
    code = "kept = bytearray(6_000_000)\npassing = bytearray(20_000_000)\ndel passing"
    status, data, _ = fil.profile(code)
    assert status == "ok" and "Kept after the cell: 5.7 MiB by In[" in data["text/plain"]
    line = (
        data["text/html"]
        .partition('<p style="white-space:pre-wrap">Kept after the cell: ')[2]
        .partition("</p>")[0]
        .partition("<br>")[0]
    )
    assert line.startswith("5.7 MiB by In[") and line.endswith(":2  kept = bytearray(6_000_000)")
    _, data, _ = fil.profile("passing = bytearray(20_000_000)\ndel passing")
    assert "Kept" not in data["text/plain"] and "Kept" not in data["text/html"].split("<iframe")[0]
    _, data, _ = fil.profile("small = bytearray(900_000)")  # below a MiB
    assert "Kept" not in data["text/plain"]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The profiles of two runs: the second leaves 30 MB more, and has the same peak. Both programs
    have as many lines, because the interpreter keeps the tree of a program while it runs, in blocks
    of 8 KiB."""
    found = []
    for name, line in (("old", "more = block(0)"), ("new", "more = block(30_000_000)")):
        folder = tmp_path_factory.mktemp(name)
        report = run(line, folder).report
        assert report
        found.append(report / "peak-memory.json")
    return found[0], found[1]


def test_the_commands_at_the_end(two: tuple[Path, Path]) -> None:
    path = str(two[0])
    end = Snapshot.load(path).at_end()
    total = f"Still in use at the end: {end.in_use_bytes / 2**20:.1f} MiB"
    for name in ("summary", "table", "tree"):
        assert command(name, "--at", "end", path).startswith(total), name
    table = json.loads(command("table", "--at", "end", "--by", "line", "--json", path))
    assert table["moment"] == "end" and table["peak_bytes"] == end.peak_bytes
    assert (table["rows"][0]["line"], table["rows"][0]["own_bytes"]) == (
        3,
        pytest.approx(BLOCKS, abs=600),
    )
    summary = json.loads(command("summary", "--json", path))
    assert summary["end_bytes"] == end.peak_bytes and "moment" not in summary
    csv = command("export", "--at", "end", "--format", "csv", path).splitlines()
    assert sum(int(row.partition(",")[0]) for row in csv[1:]) == end.in_use_bytes
    assert "the JSON has both moments" in command(
        "export", "--at", "end", "--format", "json", path, code=2
    )
    assert "In use" not in command("table", path).splitlines()[0]


def test_a_difference_of_the_ends(two: tuple[Path, Path]) -> None:
    old, new = map(str, two)
    found = json.loads(command("diff", "--at", "end", "--json", old, new))
    assert found["change_bytes"] == pytest.approx(30_000_000, abs=1000)
    grown = found["lines"][0]
    assert grown["line"] == 3 and grown["change_bytes"] == 30_000_000 + 1  # NUL
    assert json.loads(command("diff", "--json", old, new))["change_bytes"] == pytest.approx(
        0, abs=1000
    )
    said = command("diff", "--at", "end", "--fail-above", "1MiB", old, new, code=3)
    assert (
        said.startswith("Still in use at the end: ")
        and "Failed: what is in use at the end grew by 28.6 MiB" in said
    )
    page = two[0].parent / "change.json"
    command("diff", "--at", "end", "-o", str(page), old, new)
    data = json.loads(page.read_bytes())
    assert (data["moment"], data["kind"]) == ("end", "diff")
    assert data["new"]["peak_bytes"] == Snapshot.load(new).at_end().peak_bytes


def test_what_has_no_end(two: tuple[Path, Path]) -> None:
    """A shortage of memory, a profile of an older filprofiler, a difference."""
    data = json.loads(two[0].read_bytes())
    del data["end"]
    with pytest.raises(ValueError, match="an older filprofiler wrote it"):
        Snapshot(json.dumps(data).encode()).at_end()
    with pytest.raises(ValueError, match="the moment when memory ran out"):
        Snapshot(json.dumps(data | {"kind": "out-of-memory"}).encode()).at_end()
    difference = Snapshot.load(two[1]).diff(Snapshot.load(two[0]))
    with pytest.raises(ValueError, match="the difference of two"):
        difference.native.at("end")
    with pytest.raises(ValueError, match="unknown moment 'now': use peak or end"):
        difference.native.at("now")


def test_an_end_that_is_damaged(two: tuple[Path, Path]) -> None:
    data = json.loads(two[0].read_bytes())
    count = len(data["nodes"])
    for nodes, words in [
        (None, 'its "end" has no "nodes"'),
        ([[count, 5]], "of a node that exists"),
        ([[0]], "of a node that exists"),
        ([[0, -5]], "of a node that exists"),
        ([[0, 8e15], [1, 8e15]], "more bytes than can be"),
    ]:
        with pytest.raises(ValueError, match=words):
            Snapshot(json.dumps(data | {"end": {"bytes": 5, "nodes": nodes}}).encode())
    wrong = {"bytes": 5, "nodes": [], "parts": [[count, 0, 0, 1, 1]]}
    with pytest.raises(ValueError, match="a part isn't"):
        Snapshot(json.dumps(data | {"end": wrong}).encode())
