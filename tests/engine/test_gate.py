# SPDX-License-Identifier: Apache-2.0
"""Recordings that begin and end while threads allocate: the gate of the short way closes and opens
with each of them. tests/engine/c/test_gate.c has the same for the engine alone."""

from pathlib import Path

from support.running import run_profiled

PROGRAM = """
import os
import threading

import filprofiler

is_over = threading.Event()


def churn():
    kept = []
    while not is_over.is_set():
        kept.append([str(number) for number in range(50)])
        exec(compile(f"kept = [{len(kept)}, [1]]", "made", "exec"), {})
        if len(kept) > 20:
            kept.clear()


def fork():
    child = os.fork()
    if child == 0:
        kept = [bytes(100) for _ in range(1000)]
        os._exit(len(kept) % 256)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


threads = [threading.Thread(target=churn, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
for number in range(30):
    filprofiler.start()
    held = [bytes(1000) for _ in range(2000)]
    if number % 5 == 0:
        assert fork() == 1000 % 256
    moved = list(range(100_000, 100_000 + 10 * number))
    profile = filprofiler.stop()
    assert 2_000_000 < profile.peak_bytes < 4_000_000, profile.peak_bytes
    before = [bytes(1000) for _ in range(2000)]
    del held, moved
is_over.set()
for thread in threads:
    thread.join()
print("done")
"""


def test_recordings_while_threads_allocate(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = run_profiled(["program.py"], tmp_path / "out", command="python", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.program_stderr) == (0, "done\n", "")
