# SPDX-License-Identifier: Apache-2.0
"""`%%filprofile` among other magics: one recording, one report, the reader's own lines in it."""

import re
from typing import Any

import pytest
from support.notebooks import Notebook, Outputs, displays, report, texts

IDLE = "from filprofiler import _filext; assert not _filext.is_recording()"
BODY = "def make(n):\n    return bytearray(n)\nz = make(7_000_000)\nlen(z)"


def row(shown: str) -> str:
    """Return the line that holds the most, without its figures: place and source."""
    return re.sub(r"^.*?%  ", "", shown.splitlines()[1])


@pytest.mark.parametrize(
    "magics",
    [
        "%%filprofile",
        "%%filprofile --name twice\n%%filprofile",
        "%%filprofile\n%%filprofile --name twice",
        "# a comment\n\n%%filprofile --name twice\n\n%%filprofile",
        "%%time\n%%filprofile",
        "%%filprofile\n%%time",
        "%%filprofile\n\n%%time",
        "%%filprofile\n%%time\n\n",
        "%%time\n\n%%filprofile\n",
        "# a comment\n%%filprofile\n%%time",
        "%%time\n%%filprofile --name twice\n%%filprofile",
        "%%filprofile --name twice\n%%filprofile\n%%time",
    ],
)
def test_the_reader_sees_the_own_lines(magics: str, fil: Notebook) -> None:
    """The value is shown, and the line is named by its number in the whole cell."""
    above = magics.count("\n") + 1
    status, outputs = fil.run(f"{magics}\n{BODY}")
    seen = texts(outputs)
    assert status == "ok" and "7000000" in seen and len(displays(outputs)) == 1
    assert not any("not recorded" in text for text in seen)
    number = re.escape(f":{above + 2}  make  return bytearray(n)")
    assert re.match(rf"In\[\d+\]{number}$", row(report(outputs))), report(outputs)
    page = displays(outputs)[0]["text/html"]
    assert "run_cell_magic" not in page and "timed e" not in page and "z = make(7_000_000)" in page
    if "twice" in magics:
        compared = texts(fil.run(f"%%filprofile --compare twice\n{BODY}")[1])
        assert "(twice) → " in compared[-1]


CAPTURED = ("%%capture kept\n%%filprofile", "%%filprofile\n%%capture kept")
CAPTURED_WITH_MORE = (
    "# kept\n%%filprofile\n%%capture kept",
    "%%capture kept\n%%filprofile --name twice\n%%filprofile",
    "%%capture kept\n%%filprofile\n%%time",
)


@pytest.mark.parametrize("magics", [*CAPTURED, *CAPTURED_WITH_MORE])
def test_what_is_captured(magics: str, fil: Notebook) -> None:
    """The magic has the body's output, the reader has the report."""
    status, outputs = fil.run(f"{magics}\nz = bytearray(7_000_000); print('inside')")
    place = re.escape(f":{magics.count(chr(10)) + 2}  <module>  z = bytearray(7_000_000)")
    assert status == "ok" and len(outputs) == 1
    assert re.match(rf"In\[\d+\]{place}", row(report(outputs))), report(outputs)
    kept = "kept.stdout.startswith('inside\\n') and not kept.outputs and len(z) == 7_000_000"
    assert fil.run(f"assert {kept}") == ("ok", [])


TIMEIT = "%%timeit -n 2 -r 2"


@pytest.mark.parametrize("magics", [f"{TIMEIT}\n%%filprofile", f"%%filprofile\n{TIMEIT}"])
def test_what_is_repeated(magics: str, fil: Notebook) -> None:
    status, outputs = fil.run(f"{magics}\nz = bytearray(7_000_000)")
    assert status == "ok" and "loops" in texts(outputs)[0] and len(displays(outputs)) == 1
    own = re.compile(r"In\[\d+\]:3  .*  z = bytearray\(7_000_000\)$")
    assert own.match(row(report(outputs))), report(outputs)


def errors(outputs: Outputs) -> list[dict[str, Any]]:
    return [content for kind, content in outputs if kind == "error"]


@pytest.mark.parametrize("magics", [*CAPTURED, "%%time\n%%filprofile", "%%filprofile"])
def test_an_error_is_as_without_the_profiler(magics: str, fil: Notebook) -> None:
    """Once, with its line; %%capture lets the cell end well, with and without us."""
    body = "\nz = bytearray(7_000_000)\n1 / 0"
    plain, expected = fil.run(re.sub(r"\n?%%filprofile\n?", "", magics) + body)
    status, outputs = fil.run(magics + body)
    [error] = errors(outputs)
    assert error["ename"] == "ZeroDivisionError" == errors(expected)[0]["ename"]
    trace = re.sub(r"\x1b\[[^m]*m", "", "".join(error["traceback"]))
    assert "1 / 0" in trace and "filprofiler/jupyter" not in trace
    assert status == plain and len(displays(outputs)) == 1
    assert "z = bytearray(7_000_000)" in texts(outputs)[-1]
    assert fil.run(IDLE) == ("ok", [])
    status, outputs = fil.run("%%filprofile\nx = 1")
    assert status == "ok" and report(outputs) and len(outputs) == 1


def test_line_magics(fil: Notebook) -> None:
    """The reader sees the line that was typed, once."""
    block = "block = bytearray(5_000_000)"
    for above, line in (("", f"%filprofile {block}"), ("%%filprofile\n", f"%time {block}")):
        _, outputs = fil.run(above + line)
        number = above.count("\n") + 1
        assert row(report(outputs)).endswith(f":{number}  <module>  {line}"), report(outputs)
        page = displays(outputs)[0]["text/html"]
        assert "run_line_magic" not in page and "timed e" not in page


def test_functions_of_an_earlier_timed_cell(fil: Notebook) -> None:
    """All that %%time compiles has one file name: only this cell's has its lines."""
    fil.run("%%time\n\n\n\ndef earlier(n):\n    return bytearray(n)")
    _, outputs = fil.run("%%filprofile\n%%time\nz = earlier(7_000_000)\nlen(z)")
    assert row(report(outputs)).startswith("<timed exec>:2  earlier"), report(outputs)
    _, outputs = fil.run("%%filprofile\nz = earlier(7_000_000)")
    assert row(report(outputs)).startswith("<timed exec>:2  earlier"), report(outputs)


def test_a_cells_own_code_called_by_a_display(fil: Notebook) -> None:
    """Between it and the line that displays it stands IPython alone; that line stays."""
    code = """%%filprofile
class Shown:
    def _repr_html_(self):
        self.kept = bytearray(7_000_000)
        return 'x'
shown = Shown()
display(shown)"""
    shown = displays(fil.run(code)[1])[-1]
    assert ":4  " in row(shown["text/plain"]) and "display(shown)" in shown["text/html"]
