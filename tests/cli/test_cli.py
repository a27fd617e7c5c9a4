# SPDX-License-Identifier: Apache-2.0
"""The command line, and what the profiled program sees: the same as without us."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filprofiler.kernel.launcher import interpreter_flags
from support.running import run_plain, run_profiled, same, soon

SEEN = """
import os, sys, signal
print(sys.argv, sys.path, sys.flags, sys.orig_argv[1:])
print(sorted(sys.modules))
print(__name__, __file__, __spec__, type(__loader__).__name__)
print(sorted(os.environ.items()))
print(signal.getsignal(signal.SIGUSR2), signal.getsignal(signal.SIGINT))
print(sys.gettrace(), sys.getprofile())
print(sorted(os.listdir('/proc/self/fd')))
os.system('echo $LD_PRELOAD $OMP_NUM_THREADS')
"""


@pytest.mark.parametrize("flags", [(), ("-X", "dev"), ("-I",), ("-O", "-W", "error")])
def test_program_sees_itself_alone(flags: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "seen.py").write_text(SEEN)
    assert same(["seen.py", "--help", "-o", "x y"], tmp_path, flags).report


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("-m filprofiler run -m x", []),
        ("-um filprofiler run x.py", ["-u"]),
        ("-bbX dev -Wd -mfilprofiler run x.py", ["-bbX", "dev", "-Wd"]),
        (
            "-Xdev -W error::m --check-hash-based-pycs never -Im filprofiler",
            ["-Xdev", "-W", "error::m", "--check-hash-based-pycs", "never", "-I"],
        ),
        ("/bin/fil-profile run -c pass", []),
    ],
)
def test_the_interpreters_own_flags(
    line: str, flags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", *line.split()])
    assert interpreter_flags() == flags


def test_flags_written_together(tmp_path: Path) -> None:
    (tmp_path / "flags.py").write_text("import sys; print(sys.flags, sys.argv)")
    plain = run_plain(["-bbu", "flags.py", "1"])
    profiled = run_plain(
        ["-bbum", "filprofiler", "--no-browser", "-o", "out", "run", "flags.py", "1"]
    )
    assert (profiled.returncode, profiled.stdout) == (plain.returncode, plain.stdout)


def test_module_folder_zip_and_stdin(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__main__.py").write_text(
        "import sys\nprint(sys.argv, __name__, __package__)\nbytearray(5_000_000)\n"
    )
    import zipfile

    with zipfile.ZipFile(tmp_path / "program.zip", "w") as archive:
        archive.write(tmp_path / "package/__main__.py", "__main__.py")
    same(["-m", "package", "1"], tmp_path)
    same(["package", "1"], tmp_path)
    same(["program.zip", "1"], tmp_path)
    same(["-", "1"], tmp_path, input="import sys; print(sys.argv)")


@pytest.mark.parametrize(
    "ending",
    ["raise SystemExit(7)", "1/0", "import os; os.kill(os.getpid(), 9)", "def f(:\n", "input()"],
)
def test_endings(ending: str, tmp_path: Path) -> None:
    (tmp_path / "end.py").write_text("print('before')\n" + ending + "\n")
    same(["end.py"], tmp_path, stdin=subprocess.DEVNULL)


def test_missing_script(tmp_path: Path) -> None:
    same(["nowhere.py"], tmp_path)
    assert not (tmp_path / "out").exists()


def test_unwritable_result_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    (tmp_path / "a.py").write_text("print(1)")
    done = subprocess.run(
        [sys.executable, "-m", "filprofiler", "-o", tmp_path / "out", "run", tmp_path / "a.py"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "result folder" in done.stderr


def test_wrong_usage(tmp_path: Path) -> None:
    for arguments, words in (
        (["--nonsense"], "--nonsense"),
        (["walk", "a.py"], "walk"),
        (["run"], "script"),
        (["-o"], "folder"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "filprofiler", *arguments], capture_output=True, text=True
        )
        assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr


def test_the_folder_stays_when_the_script_moves(tmp_path: Path) -> None:
    (tmp_path / "move.py").write_text("import os\nos.chdir('/')\nx = bytearray(10_000_000)\n")
    done = run_profiled(["move.py"], Path("out"))
    assert done.report and done.bytes_at("move.py:3 (<module>)") == pytest.approx(
        10_000_000, rel=0.01
    )


def test_the_end_names_the_peak_and_its_lines(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "x = bytearray(30_000_000)\ny = bytearray(10_000_000)  # the second\nz = bytearray(100)\n"
    )
    done = run_profiled(["a.py"], tmp_path / "out")
    lines = [line.removeprefix("=fil-profile= ") for line in done.stderr.splitlines()[2:]]
    assert lines[0] == "Peak memory: 38.2 MiB"
    assert lines[1].split() == [
        "28.6",
        "MiB",
        "75.0",
        "%",
        "a.py:1",
        "<module>",
        "x",
        "=",
        "bytearray(30_000_000)",
    ]
    assert lines[2].endswith("a.py:2  <module>  y = bytearray(10_000_000)  # the second")
    assert lines[-2] == f"Wrote the report to {done.report}/index.html"
    assert lines[-1].startswith("More: fil-profile table out/") or lines[-1].endswith(
        str(done.report)
    )


def test_signal_writes_a_report_without_stopping(tmp_path: Path) -> None:
    script = (
        "import time\nx = bytearray(10_000_000)\nprint('ready', flush=True)\ninput()\n"
        "print('went on')\n"
    )
    (tmp_path / "wait.py").write_text(script)
    line = [sys.executable, "-m", "filprofiler", "-o", "out", "run", "wait.py"]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin and program.stdout
        program.stdout.readline()
        os.kill(program.pid, signal.SIGUSR2)
        assert soon(lambda: list(Path("out").glob("*/*/peak-memory.prof")))
        assert (
            "wait.py:2 (<module>) 10000"
            in next(Path("out").glob("*/*/peak-memory.prof")).read_text()
        )
        out, _ = program.communicate("\n")
    assert out == "went on\n" and program.returncode == 0


def test_children_are_their_own(tmp_path: Path) -> None:
    script = """
import multiprocessing, os, subprocess, sys
def work(n): return len(bytearray(n))
if __name__ == '__main__':
    code = 'import os; print(os.environ.get("LD_PRELOAD"))'
    print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)
    for method in ('fork', 'spawn'):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(pool.map(work, [1_000_000, 2_000_000]))
    if os.fork() == 0:
        bytearray(1_000_000)
        sys.exit(3)
    print(os.wait()[1])
"""
    (tmp_path / "children.py").write_text(script)
    same(["children.py"], tmp_path)
    assert len(list((tmp_path / "out").iterdir())) == 1
