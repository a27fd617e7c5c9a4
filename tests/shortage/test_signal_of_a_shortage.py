# SPDX-License-Identifier: Apache-2.0
"""The signal that tells a program of a shortage never reaches the program's own handler, nor who
waits for it."""

from pathlib import Path

import pytest
from support.limits import run_on

PLENTY = "MemTotal: 16777216 kB\nMemFree: 8388608 kB\nMemAvailable: 8388608 kB\nSwapTotal: 0 kB\n"
SHORT = PLENTY.replace("8388608", "0004096")
SYSTEM = {"/proc/meminfo": PLENTY, "/proc/self/cgroup": "0::/\n"}
PROGRAM = f"""
import ctypes, os, signal, time
NUMBERS = range(signal.SIGRTMAX - 14, signal.SIGRTMAX - 6)  # ours is one of them
CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int)
mine = CALLBACK(lambda number: os.write(1, b"mine\\n"))
libc = ctypes.CDLL(None)
libc.signal.restype, libc.signal.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
def run_short(seconds=2):
    # Rewritten in place, and never empty: it is mounted. Nothing is allocated meanwhile.
    file = os.open("/proc/meminfo", os.O_WRONLY)
    os.pwrite(file, {SHORT.encode()!r}, 0)
    until = time.monotonic() + seconds
    while time.monotonic() < until: time.sleep(0.01)
{{work}}
print("survived")
"""
HANDLERS = {
    "none": "",
    "Python's": "signal.signal(signal.SIGRTMAX - 7, lambda number, frame: os.write(1, b'mine\\n'))",
    "C's": "assert libc.signal(signal.SIGRTMAX - 7, ctypes.cast(mine, ctypes.c_void_p)) is None",
    "C's of before": "assert libc.__sysv_signal(signal.SIGRTMAX - 7, ctypes.cast(mine, "
    "ctypes.c_void_p)) == 0",
    "the next, too": "for number in NUMBERS[-3:]: signal.signal(number, lambda number, frame: "
    "os.write(1, b'mine\\n'))",
    "ignored": "signal.signal(signal.SIGRTMAX - 7, signal.SIG_IGN)",
    "given back": "signal.signal(signal.SIGRTMAX - 7, lambda *_: None); "
    "signal.signal(signal.SIGRTMAX - 7, signal.SIG_DFL)",
}


@pytest.mark.parametrize("name", HANDLERS)
def test_another_signal_takes_its_place(name: str, tmp_path: Path) -> None:
    done = run_on(SYSTEM, PROGRAM.format(work=HANDLERS[name] + "\nrun_short(20)"), tmp_path)
    assert (done.returncode, done.stdout) == (53, ""), done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "all are the program's",
        "it waits for it",
        "it came to be the program's when memory was short",
    ],
)
def test_no_message(name: str, tmp_path: Path) -> None:
    """All signals are in use, or the program waits for ours: then it isn't sent, and the program
    goes on."""
    work = {
        "all are the program's": "for number in NUMBERS: signal.signal(number, lambda number, "
        "frame: os.write(1, b'mine\\n'))\nrun_short()",
        "it waits for it": "signal.pthread_sigmask(signal.SIG_BLOCK, NUMBERS)\nrun_short(0)\n"
        "print(signal.sigtimedwait(NUMBERS, 2))",
        "it came to be the program's when memory was short": "signal.pthread_sigmask("
        "signal.SIG_BLOCK, NUMBERS)\nrun_short(0.5)\n"
        "for number in NUMBERS: signal.signal(number, lambda number, frame: os.write(1, "
        "b'mine\\n'))\n"
        "signal.pthread_sigmask(signal.SIG_UNBLOCK, NUMBERS)\nrun_short()",
    }[name]
    done = run_on(SYSTEM, PROGRAM.format(work=work), tmp_path)
    expected = "None\nsurvived\n" if "waits" in name else "survived\n"
    assert (done.returncode, done.stdout) == (0, expected), done.stderr
