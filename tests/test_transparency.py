# SPDX-License-Identifier: Apache-2.0
"""Programs that would notice the profiler where CPython's own tests (cpython.py) don't: each prints what it sees."""

from pathlib import Path

from conftest import same

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
