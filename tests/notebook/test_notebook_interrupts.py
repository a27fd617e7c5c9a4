# SPDX-License-Identifier: Apache-2.0
"""An interrupt that arrives in our own code, before a cell's first statement or after its last."""

import pytest
from support.notebooks import Notebook, report, texts

INTERRUPT = """
import importlib, os, signal, time, numpy, threadpoolctl
def threads(): return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
def interrupt(module, place, after):
    *holder, name = place.split(".")
    where = importlib.import_module(module)
    for part in holder: where = getattr(where, part)
    original = getattr(where, name)
    def once(*args, **named):
        setattr(where, name, original)
        if after: original(*args, **named)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
    setattr(where, name, once)
before, output = threads(), get_ipython().kernel.iopub_thread.send_multipart
"""
BEGINS = [
    ("filprofiler.jupyter.extension", "Extension.transformed"),
    ("filprofiler.jupyter.extension", "Extension.prepare"),
    ("filprofiler.jupyter.cellrecording", "CellRecording.begin"),
    ("filprofiler.threadpools", "OneThread.begin"),
    ("filprofiler.jupyter.lastkernel", "Keeper.begin"),
    ("filprofiler.jupyter.lastkernel", "Keeper.tell"),
    ("filprofiler.jupyter.progress", "Progress.begin"),
]
ENDS = [
    ("filprofiler.jupyter.cellrecording", "CellRecording.stop"),
    ("filprofiler.jupyter.progress", "Progress.end"),
    ("filprofiler.jupyter.progress", "Progress._clear"),
    ("filprofiler.jupyter.cellrecording", "stop"),
    ("filprofiler.jupyter.lastkernel", "Keeper.end"),
    ("filprofiler.threadpools", "OneThread.end"),
    ("filprofiler.jupyter.cells", "Notebook._of_magics"),
    ("filprofiler.jupyter.cellrecording", "CellRecording.show"),
    ("filprofiler.jupyter.display", "as_html"),
    ("filprofiler.jupyter.display", "put"),
]


def check(fil: Notebook, module: str, place: str, after: bool, first: str) -> bool:
    """Run a cell whose recording is interrupted there; whether its last statement was reached."""
    assert fil.run(INTERRUPT) == ("ok", [])
    assert fil.run(f"interrupt({module!r}, {place!r}, {after})") == ("ok", [])
    status, outputs = fil.run(f"{first}\nreached = bytearray(3_000_000)")
    errors = [content["ename"] for kind, content in outputs if kind == "error"]
    assert (status, errors) == ("error", ["KeyboardInterrupt"]), outputs
    assert not any("Traceback" in content.get("text", "") for _, content in outputs), outputs
    now = "get_ipython().kernel.iopub_thread.send_multipart"
    left = f"(threads() == before, _filext.is_recording(), output == {now})"
    assert texts(fil.run(f"from filprofiler import _filext\n{left}")[1]) == ["(True, False, True)"]
    status, outputs = fil.run("%%filprofile\nlater = bytearray(5_000_000)")
    assert status == "ok" and "later = bytearray" in report(outputs)
    return fil.run("del reached")[0] == "ok"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("module", "place"), BEGINS)
def test_while_the_recording_begins(module: str, place: str, after: bool, fil: Notebook) -> None:
    """The cell doesn't run."""
    assert not check(fil, module, place, after, "%%filprofile")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("module", "place"), ENDS)
def test_while_the_report_is_made(module: str, place: str, after: bool, fil: Notebook) -> None:
    """The cell has run, and fails all the same: the cells behind it are not to run."""
    assert check(fil, module, place, after, "%%filprofile")


@pytest.mark.parametrize(("module", "place"), [BEGINS[2], BEGINS[6], ENDS[0], ENDS[3], ENDS[7]])
def test_below_another_magic(module: str, place: str, fil: Notebook) -> None:
    check(fil, module, place, False, "%%time\n%%filprofile")
