# SPDX-License-Identifier: Apache-2.0
"""Programs that would notice the profiler where CPython's own tests (cpython.py) don't: each prints what it sees."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import run_profiled, same

SIGNAL_IN_A_CHILD = """
import os, signal
child = os.fork()
if not child:
    os.kill(os.getpid(), signal.SIGUSR2)
    os._exit(5)
print(os.waitpid(child, 0)[1])
"""


def test_a_forked_child_dies_of_sigusr2(tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text(SIGNAL_IN_A_CHILD)
    assert same(["child.py"], tmp_path).stdout == "12\n"


OWN_FILE_AT_2 = """
import os
os.close(2)
os.write(os.open('data.txt', os.O_CREAT | os.O_RDWR), b'the program')
print(os.pread(2, 100, 0))
"""


def test_a_file_opened_in_place_of_stderr_stays_the_programs_own(tmp_path: Path) -> None:
    (tmp_path / "reopen.py").write_text(OWN_FILE_AT_2)
    same(["reopen.py"], tmp_path)
    assert (tmp_path / "data.txt").read_text() == "the program"


STDERR_IS_GONE = """
import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
print('ready', flush=True)
sys.stdin.readline()
if 'signal' in sys.argv: os.kill(os.getpid(), signal.SIGUSR2)
"""


@pytest.mark.parametrize("when", ["end", "signal"])
def test_a_gone_reader_of_stderr_ends_nothing(when: str, tmp_path: Path) -> None:
    (tmp_path / "gone.py").write_text(STDERR_IS_GONE)
    line = [sys.executable, "-m", "filprofiler", "-o", "out", "--no-browser", "run", "gone.py", when]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdin and program.stdout and program.stderr
        program.stdout.readline()
        program.stderr.close()
        program.stdin.write(b"go on\n")
        program.stdin.close()
        assert program.wait() == 0


SMALL_FILES_ONLY = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
if 'signal' in sys.argv: os.kill(os.getpid(), signal.SIGUSR2)
"""


@pytest.mark.parametrize("when", ["end", "signal"])
def test_a_report_over_the_limit_of_files_ends_nothing(when: str, tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(SMALL_FILES_ONLY)
    done = run_profiled(["small.py", when], tmp_path / "out")
    assert done.returncode == 0 and "File too large" in done.stderr


SIGNALS_TO_ALL_THREADS = """
import signal, threading
held = {number: [str(number)] for number in range(100_000)}
done = threading.Event()
threads = [threading.Thread(target=done.wait) for _ in range(4)]
for thread in threads: thread.start()
for _ in range(20):
    for thread in threads: signal.pthread_kill(thread.ident, signal.SIGUSR2)
done.set()
for thread in threads: thread.join()
"""


def test_signals_that_come_while_a_report_is_written(tmp_path: Path) -> None:
    (tmp_path / "often.py").write_text(SIGNALS_TO_ALL_THREADS)
    done = run_profiled(["often.py"], tmp_path / "out")
    assert done.returncode == 0 and done.stderr.count("Wrote the report so far") > 0
    assert done.stacks


# The alarm is set when Python has ended already; a full pipe holds up the profiler's last line.
ALARM_AT_THE_END = """
import ctypes, os
libc = ctypes.CDLL(None)
libc.__cxa_atexit(libc.alarm, ctypes.c_void_p(1), None)
os.set_blocking(2, False)
try:
    while True: os.write(2, b'x' * 512)
except BlockingIOError:
    os.set_blocking(2, True)
"""


def test_an_alarm_that_the_program_would_have_outrun(tmp_path: Path) -> None:
    (tmp_path / "alarm.py").write_text(ALARM_AT_THE_END)
    line = [sys.executable, "-m", "filprofiler", "-o", "out", "--no-browser", "run", "alarm.py"]
    with subprocess.Popen(line, stderr=subprocess.PIPE) as program:
        time.sleep(2)
        _, err = program.communicate()
        assert program.returncode == 0 and b"Peak memory" in err
