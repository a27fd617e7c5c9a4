# SPDX-License-Identifier: Apache-2.0
"""Programs that would notice the profiler where CPython's own tests (cpython.py) don't: each prints
what it sees."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.interpreters import Builds
from support.pairs import profiled_line
from support.running import REPOSITORY, run_profiled, same, threads_that_are_asked

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
    line = profiled_line(["gone.py", when])
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdin and program.stdout and program.stderr
        program.stdout.readline()
        program.stderr.close()
        program.stdin.write(b"go on\n")
        program.stdin.close()
        assert program.wait() == 0


ALLOCATORS_VARIABLE = """
import ctypes, os
libc = ctypes.CDLL(None)
libc.secure_getenv.restype = ctypes.c_char_p
for text in (None, "dirty_decay_ms:500,muzzy_decay_ms:-1",
             "dirty_decay_ms:500,muzzy_decay_ms:1000,thp:always,metadata_thp:always",
             "dirty_decay_ms:500,muzzy_decay_ms:1000,narenas:1", "narenas:1", ""):
    if text is not None: os.environ["_RJEM_MALLOC_CONF"] = text
    print(libc.secure_getenv(b"_RJEM_MALLOC_CONF"), os.environ.get("_RJEM_MALLOC_CONF") == text)
"""


def test_polars_allocator_is_told_to_keep_nothing_unless_the_user_said_something(
    tmp_path: Path,
) -> None:
    """Polars sets the variable itself, its own text before the user's."""
    (tmp_path / "variable.py").write_text(ALLOCATORS_VARIABLE)
    done = run_profiled(["variable.py"], tmp_path / "out")
    nothing = "dirty_decay_ms:0,muzzy_decay_ms:0,retain:false"
    huge, users = (
        f"{nothing},thp:always,metadata_thp:always",
        "dirty_decay_ms:500,muzzy_decay_ms:1000,narenas:1",
    )
    assert done.stdout.splitlines() == [
        f"b'{text}' True" for text in (nothing, nothing, huge, users, "narenas:1", "")
    ]


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


NO_DESCRIPTORS_LEFT = """
import os, resource
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (20, most))
try:
    while True: os.open("/dev/null", os.O_RDONLY)
except OSError as error: print(error.strerror)
held = bytearray(10_000_000)
"""


def test_a_program_that_has_used_up_its_descriptors_has_its_report(tmp_path: Path) -> None:
    (tmp_path / "leak.py").write_text(NO_DESCRIPTORS_LEFT)
    done = same(["leak.py"], tmp_path)
    assert done.bytes_at("leak.py:8 (<module>)") == pytest.approx(10_000_000, rel=0.01)


def test_signals_that_come_while_a_report_is_written(tmp_path: Path) -> None:
    (tmp_path / "often.py").write_text(threads_that_are_asked(20))
    done = run_profiled(["often.py"], tmp_path / "out")
    assert done.returncode == 0 and done.stderr.count("Wrote the report so far") > 0
    assert done.stacks


SIGNALS_TO_A_BUSY_THREAD = """
import os, signal, subprocess, sys
parent = os.getpid()
code = "import os, signal, time\\nfor _ in range(20): "
code += f"os.kill({parent}, signal.SIGUSR2); time.sleep(0.01)"
sender = subprocess.Popen([sys.executable, "-c", code])
while sender.poll() is None:
    for _ in range(200): [bytearray(2000) for _ in range(200)]
"""


def test_signals_to_a_thread_in_the_profiler(tmp_path: Path) -> None:
    """Most of its time this program is in the hooks: it is asked again, and no message says so."""
    (tmp_path / "busy.py").write_text(SIGNALS_TO_A_BUSY_THREAD)
    done = run_profiled(["busy.py"], tmp_path / "out")
    assert done.returncode == 0 and "No report" not in done.stderr
    assert done.stderr.count("Wrote the report so far") > 0


SIGNAL_ON_THE_SMALLEST_STACK = """
import ctypes, os, signal
held = bytearray(1_000_000)
library = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/threads.so")
library.raise_on_the_smallest_stack(int(signal.SIGUSR2))
"""


def test_a_signal_to_a_thread_with_the_smallest_stack(
    tmp_path: Path, victim_environment: dict[str, str]
) -> None:
    (tmp_path / "small.py").write_text(SIGNAL_ON_THE_SMALLEST_STACK)
    done = run_profiled(["small.py"], tmp_path / "out", env=victim_environment)
    assert (done.returncode, done.stderr.count("Wrote the report so far")) == (0, 1)


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
    line = profiled_line(["alarm.py"])
    with subprocess.Popen(line, stderr=subprocess.PIPE) as program:
        time.sleep(2)
        _, err = program.communicate()
        assert program.returncode == 0 and b"Peak memory" in err


def test_a_signal_while_a_code_object_dies(tmp_path: Path, builds: Builds) -> None:
    """The report needs the code registry's lock, which the interrupted thread itself holds: it
    isn't waited for, but asked again."""
    if not shutil.which("gdb"):
        pytest.skip("this machine has no gdb, which sends the signal at the very instruction")
    environment = builds.environment(sys.executable, tmp_path, "walker/codes.c", "-g", "-O0")
    (tmp_path / "dies.py").write_text(
        "import time\nexec('def f(): pass')\nprint('went on')\ntime.sleep(1)\n"
    )
    registry = (REPOSITORY / "filext/walker/codes.c").read_text()
    inside = registry[: registry.index("new_generation();")].count("\n") + 1
    settings = {
        name: value
        for name, value in environment.items()
        if name.startswith(("_FIL_", "LD_PRELOAD"))
    }
    commands = [
        "set breakpoint pending on",
        "set startup-with-shell off",
        *(f"set environment {name} {value}" for name, value in settings.items()),
        "handle SIGUSR2 nostop noprint pass",
        f"break codes.c:{inside}",
        "run dies.py",
        "delete",
        "signal SIGUSR2",
    ]
    arguments = [part for command in commands for part in ("-ex", command)]
    done = subprocess.run(
        ["gdb", "-q", "-nx", "-batch", *arguments, os.path.realpath(sys.executable)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("this machine lets no debugger trace a program")
    assert "Breakpoint 1, " in done.stdout and "forget" in done.stdout, done.stdout + done.stderr
    assert "Wrote the report so far" in done.stderr and "went on" in done.stdout


ERRNO = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
P, N = ctypes.c_void_p, ctypes.c_size_t
block, huge = P(), N(1 << 62)

def call(name, *arguments, result=P):
    function = getattr(libc, name)
    function.restype = result
    ctypes.set_errno(77)
    value = function(*arguments)
    print(name, ctypes.get_errno(), value if result is ctypes.c_int else bool(value))
    return P(value)

kept = call('malloc', N(100))
kept = call('realloc', kept, N(100_000))
call('realloc', kept, huge)
call('malloc_usable_size', kept, result=N)
call('free', kept, result=None)
call('free', None, result=None)
call('free', call('calloc', N(10), N(10)), result=None)
for name in ('malloc', 'valloc', 'pvalloc'):
    call(name, huge)
    call('free', call(name, N(5000)), result=None)
for name in ('aligned_alloc', 'memalign'):
    call(name, N(64), huge)
    call('free', call(name, N(64), N(128)), result=None)
call('calloc', huge, huge)
call('reallocarray', None, huge, huge)
call('posix_memalign', ctypes.byref(block), N(3), N(64), result=ctypes.c_int)
call('posix_memalign', ctypes.byref(block), N(64), huge, result=ctypes.c_int)
call('posix_memalign', ctypes.byref(block), N(64), N(64), result=ctypes.c_int)
call('free', block, result=None)
pages = call('mmap', None, N(8192), 3, 0x22, -1, N(0))
call('mmap', None, N(0), 3, 0x22, -1, N(0), result=ctypes.c_int)
call('mmap', None, N(8192), 3, 2, -1, N(0), result=ctypes.c_int)
call('mremap', pages, N(8192), huge, 1, result=ctypes.c_int)
pages = call('mremap', pages, N(8192), N(16384), 1)
call('munmap', P(pages.value + 1), N(4096), result=ctypes.c_int)
call('munmap', pages, N(16384), result=ctypes.c_int)
call('shmat', -1, None, 0, result=ctypes.c_int)
call('shmdt', P(4096), result=ctypes.c_int)
call('sbrk', N(0))
call('getenv', b'HOME')
"""


def test_errno_and_results_of_every_interposed_function(tmp_path: Path) -> None:
    (tmp_path / "calls.py").write_text(ERRNO)
    assert same(["calls.py"], tmp_path).stdout.count(" 77 ") > 20
