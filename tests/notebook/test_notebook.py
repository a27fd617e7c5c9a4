# SPDX-License-Identifier: Apache-2.0
"""Cells on the kernel "Python 3 with Fil", run through jupyter_client as a front end would."""

import html
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from support.notebooks import Notebook, displays, kernel


def test_report_names_the_line(fil: Notebook) -> None:
    status, report, others = fil.profile(
        "def make():\n    return bytearray(50_000_000)\nblock = make()"
    )
    assert (status, others) == ("ok", [])
    lines = report["text/plain"].splitlines()
    assert lines[0].startswith("Peak memory: 47.") and re.search(
        r"In\[\d+\]:3  make  return bytearray\(50_000_000\)$", lines[1]
    )
    page = report["text/html"]
    assert (
        len(page) < 300_000
        and "<iframe" in page
        and "://" not in html.unescape(page).replace("http://www.w3.org/", "")
    )
    assert "ipykernel" not in html.unescape(page) and "IPython" not in html.unescape(page)
    assert fil.run("len(block)")[1][0][1]["data"]["text/plain"] == "50000000"


def test_the_cell_stays_an_ordinary_cell(fil: Notebook) -> None:
    fil.run("n = 1")
    first = (
        "from __future__ import annotations\nimport asyncio\nfrom math import *\n"
        "await asyncio.sleep(0)\n"
    )
    status, _, others = fil.profile(first + "n = n + 1\ntext = '''a\nb'''\n(n, text, pi > 3)")
    assert status == "ok" and [content["data"]["text/plain"] for _, content in others] == [
        "(2, 'a\\nb', True)"
    ]
    fil.profile("del n")
    assert fil.run("'n' in globals()")[1][0][1]["data"]["text/plain"] == "False"
    assert (
        fil.run("sorted(name for name in globals() if 'fil' in name.lower())")[1][0][1]["data"][
            "text/plain"
        ]
        == "[]"
    )


def test_a_failing_cell_fails_and_has_its_report(fil: Notebook) -> None:
    status, report, others = fil.profile("x = bytearray(20_000_000)\n1/0")
    assert status == "error" and others[0][0] == "error"
    assert "line 3" in re.sub(r"\x1b\[[^m]*m", "", "".join(others[0][1]["traceback"]))
    assert "bytearray(20_000_000)" in report["text/plain"]


def test_a_syntax_error_leaves_nothing_started(fil: Notebook) -> None:
    assert fil.run("%%filprofile\n1 +")[0] == "error"
    assert (
        fil.run("from filprofiler import _filext; _filext.is_recording()")[1][0][1]["data"][
            "text/plain"
        ]
        == "False"
    )
    assert fil.run("1")[1][0][0] == "execute_result"


def test_an_interrupted_cell_has_its_report(fil: Notebook) -> None:
    fil.run("import time")
    status, report, others = fil.profile(
        "x = bytearray(20_000_000)\nprint('now')\ntime.sleep(100)", interrupt_at="now\n"
    )
    assert status == "error" and others[-1][1]["ename"] == "KeyboardInterrupt"
    assert "bytearray(20_000_000)" in report["text/plain"]


def test_nbconvert_stops_at_a_failing_cell(tmp_path: Path) -> None:
    cells = [
        "%load_ext filprofiler",
        "%%filprofile\nx = bytearray(20_000_000)\n1 / 0",
        "open('reached', 'w')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {
        "name": "filprofile",
        "display_name": "Python 3 with Fil",
        "language": "python",
    }
    nbformat.write(notebook, tmp_path / "a.ipynb")
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--execute",
        "--to",
        "markdown",
        str(tmp_path / "a.ipynb"),
    ]
    stopped = subprocess.run(command, capture_output=True, text=True)
    assert (
        stopped.returncode != 0
        and "ZeroDivisionError" in stopped.stderr
        and not (tmp_path / "reached").exists()
    )
    allowed = subprocess.run([*command, "--allow-errors"], capture_output=True, text=True)
    assert allowed.returncode == 0, allowed.stderr
    assert "Peak memory: " in (tmp_path / "a.md").read_text()


def test_help_and_unknown_options(fil: Notebook) -> None:
    for cell in ("%%filprofile --help", "%%filprofile --help\n1/0"):
        status, outputs = fil.run(cell)
        assert status == "ok" and "first line" in outputs[0][1]["text"]
    status, outputs = fil.run("%%filprofile --nonsense\nx = 1")
    assert status == "error" and "--nonsense" in outputs[0][1]["text"]


def test_elsewhere_and_nested(fil: Notebook) -> None:
    fil.run("import os; os.chdir('/')")
    assert fil.profile("y = bytearray(9_000_000)")[0] == "ok"
    status, outputs = fil.run("%%time\n%%filprofile\nz = bytearray(9_000_000)")
    assert status == "ok" and any(
        "8.6 MiB" in content.get("data", {}).get("text/plain", "") for _, content in outputs
    )


def test_one_thread_inside_the_cell_only(fil: Notebook) -> None:
    fil.run(
        "import numpy, threadpoolctl\n"
        "numbers = lambda: [pool['num_threads'] for pool in threadpoolctl.threadpool_info()]\n"
        "before = numbers()"
    )
    fil.profile("inside = numbers()")
    assert (
        fil.run("set(inside) == {1}, numbers() == before")[1][0][1]["data"]["text/plain"]
        == "(True, True)"
    )


def test_the_ordinary_kernel_says_what_to_do() -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    notebook = Notebook(client)
    for cell in ("%load_ext filprofiler", "%%filprofile\nx = 1"):
        _, outputs = notebook.run(cell)
        assert (
            "Python 3 with Fil" in outputs[0][1]["text"]
            and "Change Kernel" in outputs[0][1]["text"]
        )
    assert notebook.run("'x' in globals()")[1][0][1]["data"]["text/plain"] == "False"
    client.stop_channels()
    manager.shutdown_kernel(now=True)


LIMITED = """
import resource
def virtual(): return int(open("/proc/self/statm").read().split()[0]) * 4096
def limit(more): resource.setrlimit(resource.RLIMIT_AS, (virtual() + more, resource.RLIM_INFINITY))
"""


def test_a_cell_that_runs_out_of_memory(fil: Notebook) -> None:
    """It fails like any other, shows what was there at that moment, and the next cell runs."""
    assert fil.run(LIMITED) == ("ok", [])
    grow = (
        "limit(500 << 20)\nkept = []\ndef grow():\n    kept.append(bytearray(40_000_000))\n"
        "while True: grow()"
    )
    status, report, others = fil.profile(grow)
    assert status == "error" and [
        content["ename"] for kind, content in others if kind == "error"
    ] == ["MemoryError"]
    lines = report["text/plain"].splitlines()
    assert lines[0].startswith("Out of memory: a request for 38.1 MiB failed (RLIMIT_AS")
    assert lines[1].startswith("Memory at that time, with the refused request: ")
    assert "In[" in lines[2] and ":5  grow  kept.append(bytearray(40_000_000))" in lines[2]
    assert "Memory When It Ran Out" in html.unescape(report["text/html"])
    # A cell that copes with it shows its peak as ever.
    copes = (
        "kept.clear()\ntry:\n    while True: kept.append(bytearray(40_000_000))\n"
        "except MemoryError: kept.clear()"
    )
    status, report, _ = fil.profile(copes)
    assert status == "ok" and report["text/plain"].startswith("Peak memory: ")
    assert (
        fil.run(
            "resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2); "
            "print(len(kept))"
        )[0]
        == "ok"
    )


def test_the_report_of_a_kernel_that_had_to_end(tmp_path: Path) -> None:
    """It is shown once, after the restart."""
    folder = tmp_path / "fil-result/2026-11-24T10-00-00_000"
    folder.mkdir(parents=True)
    data = {"format": "filprofiler", "version": 1, "kind": "out-of-memory", "peak_bytes": 10**9,
            "reason": "Out of memory: 5.0 MiB of 2.0 GiB left",
            "command": ["python", "-m", "ipykernel_launcher", "-f", "x"],
            "functions": [{"name": "", "file": "", "first_line": 0}],
            "nodes": [[0, 0, 0, 10**9, 1]], "sources": {}}  # fmt: skip
    (folder / "out-of-memory.json").write_text(json.dumps(data))
    for shows in (True, False):
        with kernel(tmp_path, loads=False) as notebook:
            status, outputs = notebook.run("%load_ext filprofiler")
        assert status == "ok"
        reports = [report["text/plain"] for report in displays(outputs)]
        assert [report.splitlines()[0] for report in reports] == [
            "Out of memory: 5.0 MiB of 2.0 GiB left"
        ] * shows


@pytest.mark.parametrize(
    "successor", ["the same kernel, restarted", "another kernel, in the same folder"]
)
def test_a_killed_kernel_leaves_its_recording(
    successor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL at 300 MB: the next kernel or report shows, once, what the cell held, by its cells'
    names and lines."""
    runtime = tmp_path / "runtime"  # of these kernels' connection files alone
    runtime.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(runtime))
    manager, client = start_new_kernel(kernel_name="filprofile", cwd=str(tmp_path))
    manager.autorestart = False
    notebook = Notebook(client, manager)
    assert notebook.run("%load_ext filprofiler") == ("ok", [])
    assert notebook.run("def load(): return bytearray(300_000_000)") == ("ok", [])
    client.execute("%%filprofile\nimport os\nkept = load()\nos.kill(os.getpid(), 9)")
    while manager.is_alive():
        time.sleep(0.05)
    if successor == "the same kernel, restarted":
        manager.restart_kernel(now=True)
    else:
        connection = Path(manager.connection_file)
        client.stop_channels()
        manager, client = start_new_kernel(kernel_name="filprofile", cwd=str(tmp_path))
        assert Path(manager.connection_file) != connection
    client.wait_for_ready(timeout=60)
    notebook = Notebook(client, manager)
    status, outputs = notebook.run("%load_ext filprofiler")
    assert (
        status == "ok" and "the last kernel died while a cell was recorded" in outputs[0][1]["text"]
    )
    [report] = displays(outputs)
    lines = report["text/plain"].splitlines()
    assert re.match(
        r"Process \d+ ended in the middle of the cell; peak 286\.\d MiB; at the end 286\.\d MiB$",
        lines[0],
    ), lines
    assert "In[2]:1  load  def load(): return bytearray(300_000_000)" in lines[2]
    assert displays(notebook.run("%reload_ext filprofiler")[1]) == []
    assert notebook.profile("x = bytearray(1_000_000)")[0] == "ok"
    assert Path(manager.connection_file).parent == runtime and not list(runtime.glob("*.fil*"))
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_long_cell_has_a_quiet_line_until_its_first_output(fil: Notebook) -> None:
    """Which clears the line away; the cell has the threads that it has without us."""
    code = (
        "import threading, time\nkept = bytearray(50_000_000)\ntime.sleep(3.5)\n"
        "print(threading.active_count())"
    )
    _, plain = fil.run(code)
    status, outputs = fil.run("%%filprofile\n" + code)
    assert status == "ok"
    line, report = [content for kind, content in outputs if kind == "display_data"]
    updates = [content for kind, content in outputs if kind == "update_display_data"]
    assert re.match(
        r"filprofiler: 4\d\.\d MiB now, peak so far \d+\.\d MiB$", line["data"]["text/plain"]
    )
    assert {update["transient"]["display_id"] for update in updates} == {
        line["transient"]["display_id"]
    }
    assert [content for kind, content in outputs if kind == "clear_output"] == [{"wait": True}]
    assert (
        report["data"]["text/plain"].startswith("Peak memory: ")
        and "<iframe" in report["data"]["text/html"]
    )
    printed = [content["text"] for kind, content in outputs if kind == "stream"]
    assert printed == [content["text"] for kind, content in plain if kind == "stream"]
