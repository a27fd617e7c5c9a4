# SPDX-License-Identifier: Apache-2.0
"""Every cell runs as without `%%filprofile`, and leaves its report below all that it put out."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from support.notebooks import REPORT, Notebook, kinds, report, texts

IDLE = "from filprofiler import _filext; assert not _filext.is_recording()"


@pytest.fixture(autouse=True)
def _nothing_left(fil: Notebook) -> Iterator[None]:
    """Whatever a cell does, its recording has ended."""
    yield
    assert fil.run(IDLE) == ("ok", [])


def test_below_a_magic_that_captures(fil: Notebook) -> None:
    """The body's output is captured, the report is the magic's own."""
    code = "y = bytearray(3_000_000); print('inside')"
    status, outputs = fil.run("%%capture kept\n%%filprofile\n" + code)
    assert status == "ok" and "bytearray(3_000_000)" in report(outputs) and len(outputs) == 1
    assert fil.run(
        "assert kept.stdout == 'inside\\n' and not kept.outputs and len(y) == 3_000_000"
    ) == ("ok", [])
    plain = fil.run("%%capture kept\n1/0")[0]
    status, outputs = fil.run("%%capture kept\n%%filprofile\n1/0")
    assert status == plain and [kind for kind, _ in outputs] == ["error", "display_data"]
    assert outputs[0][1]["ename"] == "ZeroDivisionError" and report(outputs[1:])
    assert fil.run(IDLE) == ("ok", [])
    status, outputs = fil.run("%%filprofile\nx = 1")
    assert status == "ok" and report(outputs) and len(outputs) == 1


def test_below_a_magic_that_repeats(fil: Notebook) -> None:
    status, outputs = fil.run("%%timeit -n 3 -r 2\n%%filprofile\ny = bytearray(4_000_000)")
    assert (
        status == "ok"
        and "loops" in texts(outputs)[0]
        and "bytearray(4_000_000)" in report(outputs)
    )


@pytest.mark.parametrize(
    ("magic", "body", "check"),
    [
        ("%%time", "z = bytearray(9_000_000)", "len(z) == 9_000_000"),
        ("%%timeit -n 1 -r 1", "z = bytearray(9_000_000)", "True"),
        ("%%capture kept", "print('kept')", "kept.stdout == 'kept\\n'"),
        ("%%writefile written.txt", "text", "open('written.txt').read() == 'text\\n'"),
        ("%%bash --out said", "echo said", "said == 'said\\n'"),
        ("%%html", "<b>bold</b>", "True"),
        ("%%ours", "body", "ours == 'body\\n'"),
    ],
)
@pytest.mark.parametrize("between", ["", "\n"])
def test_above_another_cell_magic(
    magic: str, body: str, check: str, between: str, fil: Notebook
) -> None:
    own = (
        "from IPython.core.magic import register_cell_magic\n@register_cell_magic('ours')\n"
        "def _(line, cell):\n    global ours; ours = cell"
    )
    assert fil.run(own) == ("ok", [])
    plain_status, plain = fil.run(f"{magic}\n{body}")
    status, outputs = fil.run(f"%%filprofile\n{between}{magic}\n{body}")
    assert status == plain_status == "ok" and report(outputs)
    if "time" in magic:
        assert (
            "bytearray(9_000_000)" in outputs[-1][1]["data"]["text/plain"]
            or "8.6 MiB" in texts(outputs)[-1]
        )
    else:
        assert kinds(outputs[:-1]) == kinds(plain)
    assert fil.run(f"assert {check}") == ("ok", [])


def test_an_unknown_magic_below_is_said_as_ever(fil: Notebook) -> None:
    plain = fil.run("%%nonsense\nx")
    assert fil.run("%%filprofile\n%%nonsense\nx")[1][0] == plain[1][0] and plain[0] == "error"


CLEARS = """%%filprofile
import time
from IPython.display import clear_output, display
kept = []
for i in range(4):
    kept.append(bytearray(4_000_000)); clear_output(wait=True); display(i); time.sleep(0.8)
"""
PRINTS = """%%filprofile
import time
for epoch in range(5):
    block = bytearray(2_000_000); print("epoch", epoch, flush=True); time.sleep(0.6)
"""
LATE = "%%filprofile\nimport time\nblock = bytearray(9_000_000)\ntime.sleep(3.2)\nprint('late')"
SILENT = LATE.replace("\nprint('late')", "")


def joined(outputs: list[Any]) -> list[str]:
    """The outputs' texts; nbclient keeps apart what a front end joins, neighbours of one stream."""
    found: list[str] = []
    kinds: list[str] = []
    for output in outputs:
        text = output.get("text") or output["data"]["text/plain"]
        if output.output_type == "stream" and kinds[-1:] == ["stream"]:
            found[-1] += text
        else:
            found.append(text)
        kinds.append(output.output_type)
    return found


def test_what_a_saved_notebook_shows(tmp_path: Path) -> None:
    """The report is below everything, the line that a long cell had is gone, and nothing that was
    printed is split."""
    cells = ["%load_ext filprofiler", CLEARS, PRINTS, LATE, SILENT]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, kernel_name="filprofile", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [joined(cell.outputs) for cell in notebook.cells[1:]]
    assert [[text for text in outputs if not text.startswith(REPORT)] for outputs in shown] == [
        ["3"], ["".join(f"epoch {number}\n" for number in range(5))], ["late\n"], []
    ]  # fmt: skip
    assert all(outputs[-1].startswith(REPORT) for outputs in shown)


def test_the_line_of_a_long_cell_ends_with_the_cells_first_output(fil: Notebook) -> None:
    status, outputs = fil.run(LATE)
    kinds = [kind for kind, _ in outputs]
    assert status == "ok" and kinds == [
        "display_data",
        "update_display_data",
        "clear_output",
        "stream",
        "display_data",
    ]
    assert outputs[2][1] == {"wait": True} and outputs[-1][1]["data"]["text/plain"].startswith(
        REPORT
    )


FIGURE = """%%filprofile
import numpy as np
import matplotlib.pyplot as plt
data = np.random.default_rng(0).random((1500, 1500)); fig, ax = plt.subplots(); im = ax.imshow(data)
"""


def test_a_figure_drawn_at_the_cells_end(fil: Notebook) -> None:
    """Drawing is a hook's, which has its stack; what stays without one is less than a tenth."""
    assert (
        fil.run(
            "%matplotlib inline\nimport matplotlib.pyplot as plt, numpy as np; plt.figure(); "
            "plt.close()"
        )[0]
        == "ok"
    )
    assert fil.run("from filprofiler.jupyter import cells")[0] == "ok"
    status, outputs = fil.run(FIGURE)
    assert status == "ok" and "matplotlib" in report(outputs[-1:])
    lines = [line for line in report(outputs[-1:]).splitlines() if "[outside the cell]" in line]
    assert "at the cell" in outputs[-1][1]["data"]["text/html"] and not any(
        float(line.split()[2]) >= 10 for line in lines
    ), lines


@pytest.mark.parametrize("above", ["# load the table\n", "\n\n# load\n\n# the table\n", "  \n"])
def test_below_comments(above: str, fil: Notebook) -> None:
    status, outputs = fil.run(above + "%%filprofile --name table\nt = bytearray(5_000_000)")
    assert status == "ok" and "  <module>  t = bytearray" in report(outputs) and len(outputs) == 1
    assert fil.run(above + "%%filprofile\n%%time\nt = 8")[0] == "ok" and fil.run(
        "assert t == 8"
    ) == ("ok", [])
    status, outputs = fil.run(above + "%%filprofile --nonsense\nt = 9")
    assert status == "error" and "--nonsense" in outputs[0][1]["text"]
    assert fil.run(above + "%%filprofile --help")[1][0][1]["text"].startswith("%%filprofile [")


def test_a_statement(fil: Notebook) -> None:
    status, outputs = fil.run("# line 1\n%filprofile --name one block = bytearray(5_000_000)")
    assert status == "ok" and re.search(r"In\[\d+\]:2 ", report(outputs)) and len(outputs) == 1
    assert fil.run("assert len(block) == 5_000_000") == ("ok", [])
    status, outputs = fil.run("%filprofile --compare=one len(bytearray(15_000_000))")
    assert (
        status == "ok"
        and outputs[0][1]["data"]["text/plain"] == "15000000"
        and "(one) → " in report(outputs)
    )
    assert texts(fil.run("%filprofile 1 + 1;")[1])[0].startswith(REPORT)
    status, outputs = fil.run("value = %filprofile max([3, 4])\nvalue")
    assert status == "ok" and texts(outputs)[0] == "4" and report(outputs)
    inside = "def f(n):\n    get_ipython().run_line_magic('filprofile', 'print(n)')\nf(5)"
    assert "".join(texts(fil.run(inside)[1])).startswith("5\n")  # in one message, or two
    status, outputs = fil.run("%filprofile 1/0\nx = 2")
    assert status == "error" and [kind for kind, _ in outputs] == ["error", "display_data"]
    for line, message in (
        ("%filprofile", "a statement is missing"),
        ("%filprofile --nonsense x", "--nonsense"),
    ):
        status, outputs = fil.run(line)
        assert status == "error" and message in outputs[0][1]["text"]
    assert fil.run("%filprofile 1 +")[1][0][1]["ename"] == "SyntaxError"


def test_cells_inside_cells(fil: Notebook) -> None:
    """A cell without text has an end, but no beginning: it once ended the recording of the cell
    around it."""
    code = (
        "%%filprofile\nget_ipython().run_cell('')\nget_ipython().run_cell('a = 1')\n"
        "late = bytearray(9_000_000)"
    )
    status, outputs = fil.run(code)
    assert status == "ok" and "bytearray(9_000_000)" in report(outputs)
    status, outputs = fil.run(
        "%%filprofile\nget_ipython().run_cell('%%filprofile\\nb = 5')\nc = bytearray(9_000_000)"
    )
    assert (
        status == "ok"
        and "not recorded by itself" in texts(outputs)[0]
        and "bytearray(9_000_000)" in report(outputs)
    )
    written = "open('script.py', 'w').write('kept = bytearray(7_000_000)')"
    assert fil.run(written + ";")[0] == "ok"
    status, outputs = fil.run("%%filprofile\n%run script.py")
    assert status == "ok" and "script.py:1" in report(outputs)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("raise SystemExit(3)", "error"),
        ("raise KeyboardInterrupt", "error"),
        ("import asyncio; await asyncio.sleep(0); print(1)", "ok"),
        ("import asyncio; await asyncio.sleep(0); 1/0", "error"),
        ("from IPython.display import display, HTML; display(HTML('<b>x</b>'))", "ok"),
        ("import filprofiler; filprofiler.start()", "error"),
        ("raise BaseException('of its own')", "error"),
    ],
)
def test_how_a_cell_ends(code: str, status: str, fil: Notebook) -> None:
    """The report comes last, below a traceback."""
    plain_status, plain = fil.run(code) if "start" not in code else ("error", [("error", {})])
    ended, outputs = fil.run("%%filprofile\n" + code)
    assert ended == plain_status == status and report(outputs)
    assert [kind for kind, _ in outputs[:-1] if kind != "stream"] == [
        kind for kind, _ in plain if kind != "stream"
    ]


def test_a_cell_that_stops_the_recording_itself(fil: Notebook) -> None:
    status, outputs = fil.run("%%filprofile\nimport filprofiler; s = filprofiler.stop()")
    assert status == "ok" and "no report: RuntimeError" in texts(outputs)[-1]


BROKEN = """
import filprofiler.jupyter.{module} as module, threadpoolctl, numpy
def threads(): return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
before, original = threads(), {where}
def broken(*args, **named): raise {error}
{where} = broken
"""


@pytest.mark.parametrize("error", ["ValueError('ours')"])
@pytest.mark.parametrize(
    ("module", "where"),
    [
        ("progress", "module.Progress._tell"),
        ("progress", "module.Progress._clear"),
        ("lastkernel", "module.Keeper.end"),
        ("display", "module.as_html"),
        ("cellrecording", "module.Snapshot"),
        ("cells", "module.Notebook.cells"),
        ("cells", "module.Notebook.note"),
    ],
)
def test_faults_of_our_own(module: str, where: str, error: str, fil: Notebook) -> None:
    """The cell runs to its end, nothing is left on, and the next has its report."""
    assert fil.run(BROKEN.format(module=module, where=where, error=error)) == ("ok", [])
    fil.run("%%filprofile\nimport time; time.sleep(2.2); done = True")
    assert fil.run(
        f"{where} = original\nassert done and threads() == before; del done\n{IDLE}"
    ) == ("ok", [])
    assert report(fil.run("%%filprofile\nx = 1")[1])


def test_hooks_of_others_that_fail(fil: Notebook) -> None:
    fil.run(
        "def hook(*args): 1/0\n"
        "for name in ('post_execute', 'post_run_cell', 'pre_run_cell'): "
        "get_ipython().events.register(name, hook)"
    )
    _, outputs = fil.run("%%filprofile\nx = bytearray(6_000_000)")
    assert len([text for text in texts(outputs) if text.startswith(REPORT)]) == 1
    fil.run(
        "for name in ('post_execute', 'post_run_cell', 'pre_run_cell'): "
        "get_ipython().events.unregister(name, hook)"
    )
    assert report(fil.run("%%filprofile\nx = 1")[1])


def test_a_shell_that_is_no_kernel(tmp_path: Path) -> None:
    """IPython in a terminal, started by `fil-profile python -m IPython`."""
    script = "%load_ext filprofiler\n%filprofile a = bytearray(5_000_000)\nprint(len(a))\n"
    environment = os.environ | {"IPYTHONDIR": str(tmp_path), "TERM": "dumb"}
    line = [
        sys.executable,
        "-m",
        "filprofiler",
        "python",
        "-m",
        "IPython",
        "--simple-prompt",
        "--colors=NoColor",
    ]
    done = subprocess.run(
        line, input=script, capture_output=True, text=True, env=environment, timeout=120
    )
    assert (
        "Peak memory: 4." in done.stdout and "In[2]:1" in done.stdout and "5000000" in done.stdout
    ), done.stdout + done.stderr
