# SPDX-License-Identifier: Apache-2.0
"""Cells that run out of memory in a control group: the kernel survives where that can be, and where
not leaves its report."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel
from support.notebooks import Notebook


def start(group: Path, folder: Path) -> Notebook:
    manager, client = start_new_kernel(kernel_name="filprofile", cwd=str(folder))
    notebook = Notebook(client, manager)
    assert notebook.run(
        f"import os; moved = open({str(group / 'cgroup.procs')!r}, 'w').write(str(os.getpid()))"
    ) == ("ok", [])
    return notebook


def stop(notebook: Notebook) -> None:
    notebook.client.stop_channels()
    notebook.manager.shutdown_kernel(now=True)


@pytest.fixture
def limited(control_group: Path, tmp_path: Path) -> Iterator[Notebook]:
    """A kernel that may have 400 MiB, of which 100 MB are to stay free."""
    notebook = start(control_group, tmp_path)
    assert notebook.run("%load_ext filprofiler") == ("ok", [])
    yield notebook
    stop(notebook)


def test_cells_are_refused_and_the_kernel_goes_on(limited: Notebook) -> None:
    fills = "kept = []\ndef fill():\n    while True: kept.append(bytearray(5_000_000))\n"
    twice = (
        fills + "try: fill()\nexcept MemoryError: kept.clear()\nother = []\n"
        "while True: other.append(bytearray(9_000_000))"
    )
    cells = [
        (
            "import numpy\narray = numpy.ones(100_000_000)",
            "762.9 MiB requested",
            "In[{}]:3  <module>  array = numpy.ones(100_000_000)  in numpy",
        ),
        (fills + "fill()", "4.8 MiB requested", "In[{}]:4  fill"),
        (
            "text = 'x' * 1_000_000\nwhile True: text += text",
            " MiB requested",
            "In[{}]:3  <module>",
        ),
        (
            "numbers = []\nwhile True: numbers.extend(range(100_000))",
            " MiB requested",
            "In[{}]:3  <module>",
        ),
        (
            twice,
            "8.6 MiB requested",
            "In[{}]:8  <module>",
        ),  # the second shortage is the one that it fails of
    ]
    for cell, asked, where in cells:
        status, report, others = limited.profile(cell)
        assert status == "error" and [
            content["ename"] for kind, content in others if kind == "error"
        ] == ["MemoryError"]
        lines = report["text/plain"].splitlines()
        assert (
            lines[0].startswith("Out of memory: ")
            and asked in lines[0]
            and "of 400.0 MiB left (control group /" in lines[0]
        )
        number = limited.run("len(In) - 2")[1][0][1]["data"]["text/plain"]
        assert where.format(number) in lines[2], lines
        assert (
            limited.run("kept = text = numbers = other = array = None; print('goes on')")[1][0][1][
                "text"
            ]
            == "goes on\n"
        )
        # What the failed cell had is free again, and the next recording is a recording like any
        # other.
        status, report, _ = limited.profile("block = bytearray(150_000_000)\ndel block")
        assert status == "ok" and report["text/plain"].startswith("Peak memory: 143.")


def test_a_thread_of_the_cell_is_refused(limited: Notebook) -> None:
    """The thread ends, as of any exception, the cell doesn't; and what malloc keeps of the thread's
    memory doesn't count as used."""
    cell = (
        "import threading\nkept = []\ndef work():\n"
        "    while True: kept.append(bytearray(5_000_000))\n"
    )
    status, report, others = limited.profile(
        cell + "thread = threading.Thread(target=work)\nthread.start(); thread.join()\nkept.clear()"
    )
    assert status == "ok" and float(report["text/plain"].split()[2]) > 200
    assert any("MemoryError" in content["text"] for _, content in others)
    status, _, others = limited.profile(
        "kept = [bytearray(4_000_000) for _ in range(40)]\nprint(len(kept))"
    )
    assert (status, others[0][1]["text"]) == ("ok", "40\n")


LIBRARY = """
import ctypes, mmap
libc = ctypes.CDLL(None)
libc.mmap.restype, size = ctypes.c_void_p, ctypes.c_size_t
def pages():  # as an allocator that a library brings along takes them
    at = libc.mmap(None, size(8_000_000), 3, 0x22, -1, ctypes.c_long(0))
    ctypes.memset(at, 1, 8_000_000)
while True: pages()
"""
PIECES = "kept = None\nwhile True: kept = (kept, bytes(1000))"


@pytest.mark.parametrize(
    "cell", [PIECES, LIBRARY], ids=["small pieces", "a library's own allocator"]
)
def test_the_kernel_that_has_to_end_leaves_its_report(
    cell: str, control_group: Path, tmp_path: Path
) -> None:
    """Half of what is to stay free may be used by what can't be refused. The next kernel shows the
    report."""
    notebook = start(control_group, tmp_path)
    notebook.run("%load_ext filprofiler")
    process = notebook.manager.provisioner.process
    notebook.client.execute("%%filprofile\n" + cell)
    for _ in range(600):
        if process.poll() is not None:
            break
        time.sleep(0.1)
    assert process.returncode == 53
    (report,) = (tmp_path / "fil-result").iterdir()
    assert {"index.html", "out-of-memory.svg", "out-of-memory.json"} < set(os.listdir(report))
    stop(notebook)
    notebook = start(control_group, tmp_path)
    _, outputs = notebook.run("%load_ext filprofiler")
    (shown,) = [
        content["data"]["text/plain"] for kind, content in outputs if kind == "display_data"
    ]
    assert shown.startswith("Out of memory: ") and "of 400.0 MiB left (control group /" in shown
    stop(notebook)
