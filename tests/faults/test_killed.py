# SPDX-License-Identifier: Apache-2.0
"""Programs that die, or end without Python's own end: their report comes all the same, and they
notice nothing of it before."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.limits import run_in
from support.running import Outcome, run_profiled, same, soon

HELD = """
import os, signal, sys, time
def load(): return bytearray(300_000_000)
def spare(): return bytearray(100_000_000)
kept = load()
passing = spare()
del passing
"""


def told(text: str) -> list[float]:
    """The peak and what lived at the end, in MiB, as the report's sentence has them."""
    [figures] = re.findall(
        r"; peak ([\d.]+) MiB(?: so far)?; (?:now|at the end) ([\d.]+) MiB[\n;]", text
    )
    return [float(figure) for figure in figures]


PEAK_AND_LIVE = pytest.approx([381.9, 286.5], abs=1)  # with what the imports hold


def ended_by(line: str, folder: Path) -> Outcome:
    """Run a program that holds 300 MB, had 100 MB more, and ends by `line`."""
    (folder / "dies.py").write_text(HELD + line + "\n")
    return run_profiled(["dies.py"], folder / "out", cwd=folder)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            -9,
            "SIGKILL: the program was killed by signal 9; ",
        ),
        (
            "os.kill(os.getpid(), signal.SIGSEGV)",
            -11,
            "SIGSEGV: the program was killed by signal 11; ",
        ),
        (
            "import ctypes; ctypes.string_at(1)",
            -11,
            "SIGSEGV: the program was killed by signal 11; ",
        ),
        (
            "signal.signal(2, signal.SIG_DFL); os.kill(os.getpid(), 2)",
            -2,
            "SIGINT: the program was interrupted (Ctrl-C); ",
        ),
        (
            "os.kill(os.getpid(), signal.SIGTERM)",
            -15,
            "SIGTERM: the program was killed by signal 15; ",
        ),
        ("os.abort()", -6, "SIGABRT: the program was killed by signal 6; "),
        ("os._exit(7)", 7, "the program ended with exit code 7; "),
        ("os.execv('/bin/sleep', ['sleep', '1'])", 0, "what it did afterwards isn't counted; "),
    ],
)
def test_a_report_whatever_happens(line: str, code: int, words: str, tmp_path: Path) -> None:
    done = ended_by(line, tmp_path)
    assert (done.returncode, done.stdout, done.program_stderr) == (code, "", "")
    assert words in done.stderr and told(done.stderr) == PEAK_AND_LIVE
    assert done.bytes_at("dies.py:5 (<module>);dies.py:3 (load)") == pytest.approx(
        300_000_000, rel=1e-5
    )
    assert done.bytes_at("dies.py:6 (<module>);dies.py:4 (spare)") == pytest.approx(
        100_000_000, rel=1e-5
    )
    assert done.report
    names = {
        "index.html",
        "peak-memory.svg",
        "peak-memory-reversed.svg",
        "peak-memory.prof",
        "peak-memory.json",
    }
    assert {path.name for path in done.report.iterdir()} == names
    assert words.strip("; ") in (done.report / "index.html").read_text()


def test_the_programs_own_end_has_one_report(tmp_path: Path) -> None:
    """Nothing of the black box stays, and no message mentions it."""
    done = ended_by("sys.exit(3)", tmp_path)
    assert done.returncode == 3 and done.stderr.count("Wrote the report") == 1
    assert done.report and not (done.report / "recording.fil").exists()


def test_killed_from_outside(tmp_path: Path) -> None:
    """With its whole process group, as a shell or timeout does it: the report is there, and the
    recording could be read before."""
    (tmp_path / "waits.py").write_text(HELD + "print('ready', flush=True); time.sleep(600)\n")
    line = [sys.executable, "-m", "filprofiler", "-o", "out", "--no-browser", "run", "waits.py"]
    process = subprocess.Popen(
        line,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout and process.stdout.readline() == "ready\n"
        read_and_kill(process, tmp_path)
    finally:
        process.kill()


def read_and_kill(process: subprocess.Popen[str], tmp_path: Path) -> None:
    [folder] = (tmp_path / "out").iterdir()
    report = [sys.executable, "-m", "filprofiler", "-o", "elsewhere", "report", str(folder)]
    looked = subprocess.run(report, cwd=tmp_path, capture_output=True, text=True)
    assert looked.returncode == 0 and looked.stdout.startswith(
        f"Process {process.pid} is running; "
    )
    assert told(looked.stdout) == PEAK_AND_LIVE
    os.killpg(process.pid, signal.SIGKILL)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == -9 and told(stderr) == PEAK_AND_LIVE
    assert (folder / "index.html").exists() and not (folder / "recording.fil").exists()


def test_a_profile_makes_all_reports_again(tmp_path: Path) -> None:
    done = ended_by("", tmp_path)
    assert done.report
    for path in done.report.iterdir():
        if path.name != "peak-memory.json":
            path.unlink()
    again = subprocess.run(
        [sys.executable, "-m", "filprofiler", "report", done.report], capture_output=True, text=True
    )
    assert again.returncode == 0 and "dies.py:3  load" in again.stdout
    assert len(list(done.report.iterdir())) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "report needs one result folder or recording"),
        (["nowhere"], "There is no 'nowhere'"),
        (["."], "There is no recording in '.'"),
        (["text"], "text: not a recording of filprofiler"),
        (["broken.json"], "not a profile: it isn't JSON"),
    ],
)
def test_no_report(arguments: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    (tmp_path / "broken.json").write_text("{")
    line = [sys.executable, "-m", "filprofiler", "report", *arguments]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
    assert (
        done.returncode == 2
        and done.stdout == ""
        and done.stderr.startswith("=fil-profile= ")
        and words in done.stderr
    )
    assert len(done.stderr.splitlines()) == 1


def test_the_program_notices_nothing(tmp_path: Path) -> None:
    """Its children, descriptors and signals are those it has without us."""
    (tmp_path / "looks.py").write_text(
        "import os, signal\n"
        "try: print(os.wait())\n"
        "except ChildProcessError as error: print(error)\n"
        "print(sorted(os.listdir('/proc/self/fd')))\n"
        "print(open('/proc/self/task/%d/children' % os.getpid()).read())\n"
        "print([signal.getsignal(number) for number in (signal.SIGCHLD, signal.SIGSEGV, "
        "signal.SIGTERM)], signal.pthread_sigmask(0, []))\n"
        "print(os.open('/dev/null', os.O_RDONLY))\n"
    )
    same(["looks.py"], tmp_path, cwd=tmp_path)


FORKS = """
import ctypes, os, sys
kept = bytearray(200_000_000)
def child(end):
    more = [bytes(1000) for _ in range(100_000)]
    big = bytearray(500_000_000)
    end()
libc = ctypes.PyDLL(None)
number = 57 if os.uname().machine == "x86_64" else 220
for fork in (os.fork, lambda: libc.syscall(number, 17, 0, 0, 0, 0)):
    for end in (lambda: os._exit(0), lambda: os.kill(os.getpid(), 9)):
        pid = fork()
        if pid == 0: child(end)
        os.waitpid(pid, 0)
late = bytearray(50_000_000)
os.kill(os.getpid(), 9)
"""


def test_children_leave_the_recording_alone(tmp_path: Path) -> None:
    """Forked by libc, or past it; a child's allocations, and its end, are no part of the parent's
    recording."""
    (tmp_path / "forks.py").write_text(FORKS)
    done = run_profiled(["forks.py"], tmp_path / "out", cwd=tmp_path)
    assert done.returncode == -9 and told(done.stderr) == pytest.approx([239, 239], abs=1)
    assert done.bytes_at("forks.py:3 (<module>)") == pytest.approx(200_000_000, rel=1e-5)
    assert done.bytes_at("forks.py:15 (<module>)") == pytest.approx(50_000_000, rel=1e-5)


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """The program isn't told by a signal of a limit that only we met; and says so when it is
    killed."""
    (tmp_path / "limited.py").write_text(
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        + "".join(f"def f{i}(): return bytearray(100)\n" for i in range(5000))
        + "kept = [globals()[f'f{i}']() for i in range(5000)]\nprint('done')\n"
    )
    done = run_profiled(["limited.py"], tmp_path / "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_process_1_of_a_container(tmp_path: Path) -> None:
    """When it dies all others die with it: the recording stays, and makes the report."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("only root can make a container's processes here")
    (tmp_path / "dies.py").write_text(HELD + "os._exit(9)\n")
    line = [
        "unshare",
        "--pid",
        "--fork",
        "--mount-proc",
        sys.executable,
        "-m",
        "filprofiler",
        "--no-browser",
        "run",
        "dies.py",
    ]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    if done.stderr.startswith("unshare"):
        pytest.skip(f"no container's processes can be made here: {done.stderr.strip()}")
    assert done.returncode == 9
    [folder] = (tmp_path / "fil-result").iterdir()
    assert [path.name for path in folder.iterdir()] == ["recording.fil"]
    report = subprocess.run(
        [sys.executable, "-m", "filprofiler", "report", folder],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert report.returncode == 0 and report.stdout.startswith("Process 1 ended without a report; ")
    assert told(report.stdout) == PEAK_AND_LIVE
    assert (folder / "peak-memory.svg").exists()


def test_no_watcher_stays(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "filprofiler", "-o", str(tmp_path / "out"), "--no-browser", "run"]
    line += ["-c", "import os; os.read(0, 1); os._exit(0)"]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert soon(lambda: watchers(tmp_path)) and len(watchers(tmp_path)) == 1
    process.communicate("x", timeout=60)
    assert soon(lambda: not watchers(tmp_path))


def watchers(folder: Path) -> list[Path]:
    """Returns the processes that watch programs with results below this folder."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = os.fsdecode(line.read_bytes())
        except OSError:
            continue  # it has ended
        if "filwatch" in words and str(folder) in words:
            found.append(line.parent)
    return found


def test_the_kernels_own_killer(control_group: Path, tmp_path: Path) -> None:
    """It takes the memory away while the program dies: the recording isn't part of that."""
    done = run_in(
        control_group,
        "kept = []\ndef grow(): kept.append(bytearray(10_000_000))\nwhile True: grow()\n",
        tmp_path,
        options=("--disable-oom-detection",),
    )
    assert (
        done.returncode == -9
        and "SIGKILL: the program was killed by signal 9; peak " in done.stderr
    )
    assert "; the kernel's out-of-memory killer was at work" in done.stderr
    [report] = (tmp_path / "out").iterdir()
    assert "(grow) " in (report / "peak-memory.prof").read_text().splitlines()[0]
    assert told(done.stderr)[0] > 300


MORE_THAN_THERE_IS = """
import ctypes, sys
size = 800_000_000
block = ctypes.CDLL(None)
block.malloc.restype, block.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
block.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
def ask(): return block.malloc(size)
place = ask()
def fill(): block.memset(place, 1, size)
if sys.argv[1:] == ["fill"]: fill()
print("survived")
"""


def test_a_program_that_takes_all_handlers_back(control_group: Path, tmp_path: Path) -> None:
    """No signal is left to tell it by: the request itself is what ends it, as without a
    watcher."""
    numbers = "sorted({*signal.Signals, *range(34, 65)} - {9, 19}, reverse=True)"
    resets = f"import signal\nfor number in {numbers}: signal.signal(number, signal.SIG_DFL)\n"
    done = run_in(
        control_group, resets + MORE_THAN_THERE_IS.replace("sys.argv[1:]", "['fill']"), tmp_path
    )
    assert done.returncode == 53 and " requested, " in done.stderr


def test_a_program_that_blocks_signals(control_group: Path, tmp_path: Path) -> None:
    """It may be waiting for a signal of another process, and gets none of ours: it dies of what it
    would have died of."""
    blocks = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
    done = run_in(
        control_group, blocks + MORE_THAN_THERE_IS.replace("sys.argv[1:]", "['fill']"), tmp_path
    )
    assert done.returncode == -9 and "SIGKILL: the program was killed by signal 9; " in done.stderr


@pytest.mark.parametrize("fills", [False, True], ids=["untouched", "filled"])
def test_more_than_there_is(fills: bool, control_group: Path, tmp_path: Path) -> None:
    """Requested memory does no harm as long as it is untouched; a program that touches it in one
    piece, in C, still ends with a report."""
    program = MORE_THAN_THERE_IS.replace("sys.argv[1:]", "['fill']" if fills else "[]")
    done = run_in(control_group, program, tmp_path)
    [report] = (tmp_path / "out").iterdir()
    if not fills:
        assert (done.returncode, done.stdout) == (
            0,
            "survived\n",
        ) and "Out of memory" not in done.stderr
        return
    # Where the machine is too busy for the watcher the kernel is faster.
    assert done.returncode in (53, -9) and done.stdout == ""
    stem = "out-of-memory" if done.returncode == 53 else "peak-memory"
    assert "(ask) " in (report / f"{stem}.prof").read_text().splitlines()[0]
    assert done.returncode == -9 or f"(control group /{control_group.name})" in done.stderr


def test_one_unit_in_all_lines(tmp_path: Path) -> None:
    """Of a peak of more than a GiB the sentence and the summary say the same figure."""
    (tmp_path / "large.py").write_text("import os\nlarge = bytearray(1_200_000_000)\nos._exit(0)\n")
    done = run_profiled(["large.py"], tmp_path / "out", cwd=tmp_path)
    [said] = re.findall(r"; peak ([\d.,]+) MiB; ", done.stderr)
    assert (
        f"=fil-profile= Peak memory: {said} MiB" in done.stderr
        and 1144 < float(said.replace(",", "")) < 1146
    )
