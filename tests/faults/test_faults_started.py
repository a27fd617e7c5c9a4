# SPDX-License-Identifier: Apache-2.0
"""The fault suite: programs that are started with streams closed or full, under limits, with
signals ignored or blocked."""

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.pairs import check_report, check_same, profiled_line, run, run_pair
from support.running import REPOSITORY

PROBE = REPOSITORY / "tests/faults/programs/started.py"


def limit(which: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(which, (most, most))


def close(*numbers: int) -> Callable[[], None]:
    def closed() -> None:
        for number in numbers:
            os.close(number)

    return closed


def full(*numbers: int) -> Callable[[], None]:
    def opened() -> None:
        for number in numbers:
            os.dup2(os.open("/dev/full", os.O_WRONLY), number)

    return opened


def signals() -> None:
    for number in (
        signal.SIGINT,
        signal.SIGCHLD,
        signal.SIGTERM,
        signal.SIGUSR2,
        signal.SIGRTMAX - 7,
    ):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(
        signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGALRM, signal.SIGCHLD, signal.SIGRTMIN + 2]
    )


BEGINNINGS: dict[str, Callable[[], object]] = {
    "stdin closed": close(0),
    "stdout closed": close(1),
    "stderr closed": close(2),
    "stdin and stdout closed": close(0, 1),
    "all streams closed": close(0, 1, 2),
    "stdout full": full(1),
    "stderr full": full(2),
    "both full": full(1, 2),
    "20 descriptors": limit(resource.RLIMIT_NOFILE, 20),
    "8 descriptors": limit(resource.RLIMIT_NOFILE, 8),
    "files of 100 kB": limit(resource.RLIMIT_FSIZE, 100_000),
    "files of 10 MB": limit(resource.RLIMIT_FSIZE, 10_000_000),
    "a stack of 256 KiB": limit(resource.RLIMIT_STACK, 256 << 10),
    "a stack without limit": limit(resource.RLIMIT_STACK, resource.RLIM_INFINITY),
    "1 GB of address space": limit(resource.RLIMIT_AS, 1_000_000_000),
    "300 MB of address space": limit(resource.RLIMIT_AS, 300_000_000),
    "100 MB of data": limit(resource.RLIMIT_DATA, 100_000_000),
    "no locked memory": limit(resource.RLIMIT_MEMLOCK, 0),
    "no queued signals": limit(resource.RLIMIT_SIGPENDING, 0),
    "signals ignored and blocked": signals,
    "a session of its own": os.setsid,
    "nice": lambda: os.nice(5),
    "a umask that takes all from others": lambda: os.umask(0o077),
}
WITHOUT_REPORT = {"8 descriptors", "files of 100 kB"}  # it can't be written


@pytest.mark.parametrize("name", BEGINNINGS)
def test_the_same(name: str, tmp_path: Path, fault_environment: dict[str, str]) -> None:
    plain, profiled = run_pair(
        [PROBE], tmp_path, env=fault_environment, preexec_fn=BEGINNINGS[name]
    )
    if "seen.json" not in plain.files:
        pytest.skip(f"plain, it can't run like this: {plain.stderr.decode()[-300:]}")
    check_same(plain, profiled)
    if name not in WITHOUT_REPORT:
        check_report(profiled)


FORKS_MEANWHILE = """
import os, signal, threading, warnings
warnings.simplefilter("ignore")  # since 3.12 of forks with threads
kept = [[number] * 3 for number in range(100_000)]
done = threading.Event()
def ask():
    while not done.is_set(): signal.pthread_kill(threading.get_ident(), signal.SIGUSR2)
asking = threading.Thread(target=ask)
asking.start()
codes = set()
for _ in range(100):
    child = os.fork()
    if not child:
        kept.append([bytearray(100_000) for _ in range(20)])
        os._exit(5)
    codes.add(os.waitpid(child, 0)[1])
done.set()
asking.join()
print(codes)
"""


def test_children_made_while_reports_are_written(tmp_path: Path) -> None:
    """They need what the reports' writer holds, who isn't there any more."""
    (tmp_path / "forks.py").write_text(FORKS_MEANWHILE)
    done = run(profiled_line([tmp_path / "forks.py"]), tmp_path / "profiled")
    assert (done.returncode, done.stdout, done.program_stderr) == (0, b"{1280}\n", b""), done.stderr
    assert b"Wrote the report so far" in done.stderr
    check_report(done)


def test_a_missing_script_without_a_terminal(tmp_path: Path) -> None:
    check_same(*run_pair(["/nowhere.py"], tmp_path, preexec_fn=close(2)))
    check_same(*run_pair(["/nowhere.py"], tmp_path, preexec_fn=close(1)))


@pytest.mark.parametrize("kibibytes", [64, 1024, 12288])
def test_a_small_disk(kibibytes: int, tmp_path: Path, fault_environment: dict[str, str]) -> None:
    """For the results alone: before, while and after the recording's file gets its blocks."""
    mounted = f'mount -t tmpfs -o size={kibibytes}k none out && exec env PWD=/ "$@"'
    endings = []
    for name, line in (("plain", [sys.executable, PROBE]), ("profiled", profiled_line([PROBE]))):
        (tmp_path / name / "out").mkdir(parents=True)
        endings.append(
            run(
                ["unshare", "-m", "sh", "-c", mounted, "sh", *line],
                tmp_path / name,
                env=fault_environment,
            )
        )
    if b"unshare:" in endings[0].stderr or b"mount:" in endings[0].stderr:
        pytest.skip(f"no file system can be mounted here: {endings[0].stderr.decode()}")
    check_same(*endings)


READ_ONLY = """
import os, subprocess
kept = [[number] * 3 for number in range(50_000)]
if not os.path.isdir("out"): os.mkdir("out")
subprocess.run(["mount", "--bind", "out", "out"], check=True)
subprocess.run(["mount", "-o", "remount,bind,ro", "out"], check=True)
space = {"kept": kept}
exec("\\n".join(f"def f{number}(): kept.append([0] * 30)" for number in range(30_000)), space)
for number in range(30_000): space[f"f{number}"]()
try: open("out/new", "w")
except OSError as error: print(error.strerror, len(kept))
"""


def test_a_disk_that_becomes_read_only(tmp_path: Path, fault_environment: dict[str, str]) -> None:
    """The results can't be written any more, nor the recording go on, and the program does."""
    (tmp_path / "program.py").write_text(READ_ONLY)
    endings = []
    program = str(tmp_path / "program.py")
    for name, line in (
        ("plain", [sys.executable, program]),
        ("profiled", profiled_line([program])),
    ):
        endings.append(run(["unshare", "-m", *line], tmp_path / name, env=fault_environment))
    if endings[0].stdout != b"Read-only file system 80000\n":
        pytest.skip(f"nothing can be mounted read-only here: {endings[0].stderr.decode()}")
    check_same(*endings)
    assert b"Can't write " in endings[1].stderr and b": Read-only file system" in endings[1].stderr
