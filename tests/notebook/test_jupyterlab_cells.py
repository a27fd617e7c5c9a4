# SPDX-License-Identifier: Apache-2.0
"""What a reader sees below cells that once went wrong, in real JupyterLab in real Chromium."""

import re
from typing import Any

import pytest
from support.labs import Lab, write_notebook

# Four of them last longer than the two seconds after which a quiet line appears.
SLOW = "time.sleep(0.6)"
BLOCK = "block = bytearray(9_000_000)"
CELLS = {
    "load": "%load_ext filprofiler",
    "modules": """import time, numpy as np, matplotlib.pyplot as plt, ipywidgets, tqdm, tqdm.auto
from IPython.display import clear_output""",
    "captured": "%%capture kept\n%%filprofile\ny = bytearray(3_000_000); print('inside')",
    "timed": "%%filprofile\n%%time\nz = bytearray(9_000_000)",
    "cleared": "%%filprofile\nkept = []\nfor i in range(4):\n    kept.append(bytearray(9_000_000))"
    f"\n    clear_output(wait=True); plt.plot(range(i + 1)); plt.show(); {SLOW}",
    "printed": f"""%%filprofile
for epoch in range(4):
    {BLOCK}; print('epoch', epoch, flush=True); {SLOW}""",
    "figure": """%%filprofile
data = np.random.default_rng(0).random((2000, 2000))
fig, ax = plt.subplots(); im = ax.imshow(data)""",
    "comment": "# load the table\n%%filprofile\nt = bytearray(5_000_000)",
    "statement": "%filprofile block = bytearray(5_000_000)",
    "bar": f"%%filprofile\nfor i in tqdm.auto.tqdm(range(4)):\n    {BLOCK}; {SLOW}",
    "text bar": f"%%filprofile\nfor i in tqdm.tqdm(range(4)):\n    {BLOCK}; {SLOW}",
    "widget": "%%filprofile\nout = ipywidgets.Output(); display(out)\nfor i in range(4):\n"
    f"    with out: print('step', i)\n    block = bytearray(9_000_000); {SLOW}",
    "silent": "%%filprofile\nblock = bytearray(9_000_000); time.sleep(2.5)",
}
MARKS = {"img": "picture", "iframe": "report", ".jupyter-widgets": "widget"}


def kind_of(output: Any) -> str:
    """Return what an output is, besides text."""
    return next((kind for mark, kind in MARKS.items() if output.locator(mark).count()), "text")


class Seen:
    """A cell's outputs, from above to below: their texts, and what each is besides text."""

    def __init__(self, cell: Any) -> None:
        outputs = cell.locator(".jp-Cell-outputArea > .jp-OutputArea-child").all()
        self.texts = [output.inner_text().strip() for output in outputs]
        self.kinds = [kind_of(output) for output in outputs]
        self.graph = cell.frame_locator("iframe").locator("#graph")
        # of each row the cells' texts, of the last that of the source, where there is one
        self.rows = cell.locator(".jp-RenderedHTML tr").evaluate_all(
            "all => all.map((row) => [...row.cells].map("
            "(cell) => (cell.querySelector('code') || cell).textContent.trim()))"
        )

    @property
    def above(self) -> str:
        """What stands above the report, which is the last output and the only one of its kind."""
        reports = [text for text in self.texts if "Peak memory:" in text]
        assert self.kinds.count("report") == len(reports) == 1, self.texts
        assert self.kinds[-1] == "report", self.kinds
        assert not any("filprofiler:" in text for text in self.texts), self.texts
        return "\n".join(self.texts[:-1])

    def names(self, place: str, source: str) -> bool:
        """Whether the report's table has the reader's own line."""
        own = re.compile(rf"In\[\d+\]:{place}")
        return [source] == [row[3] for row in self.rows if own.fullmatch(row[2])]


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Any:
    """The tab, in which all cells have run."""
    write_notebook(lab.folder / "cells.ipynb", tuple(CELLS.values()))
    tab = lab.open("cells.ipynb")
    tab.set_viewport_size({"width": 1280, "height": 6000})  # all cells are drawn
    lab.run_all(tab)
    tab.locator(".jp-CodeCell").last.locator("iframe").wait_for()
    return tab


def seen(tab: Any, name: str) -> Seen:
    cell = tab.locator(".jp-CodeCell").nth(list(CELLS).index(name))
    cell.scroll_into_view_if_needed()
    cell.locator("iframe").wait_for()
    return Seen(cell)


def test_output_that_a_magic_captures(notebook: Any) -> None:
    shown = seen(notebook, "captured")
    assert shown.above == "" and shown.names("3", "y = bytearray(3_000_000); print('inside')")


def test_another_magic_below(notebook: Any) -> None:
    shown = seen(notebook, "timed")
    assert shown.above.startswith("CPU times: ") and shown.names("3", "z = bytearray(9_000_000)")
    assert "z = bytearray" in shown.graph.inner_text() and "timed" not in shown.graph.inner_text()


def test_a_picture_drawn_again_and_again(notebook: Any) -> None:
    shown = seen(notebook, "cleared")
    assert shown.above == "" and shown.kinds == ["picture", "report"]
    assert shown.names("4", "kept.append(bytearray(9_000_000))")


def test_prints_stay_together(notebook: Any) -> None:
    shown = seen(notebook, "printed")
    assert shown.above == "epoch 0\nepoch 1\nepoch 2\nepoch 3" and len(shown.kinds) == 2


def test_a_figure_drawn_at_the_cells_end(notebook: Any) -> None:
    shown = seen(notebook, "figure")
    assert shown.above == "" and shown.kinds == ["picture", "report"]
    assert shown.names("2", "data = np.random.default_rng(0).random((2000, 2000))")
    assert "[at the cell's end]" in shown.graph.inner_text()
    assert "imshow" in shown.graph.inner_text()
    assert ["[at the cell's end]", "in matplotlib_inline"] in [row[2:] for row in shown.rows]


def test_a_comment_above(notebook: Any) -> None:
    shown = seen(notebook, "comment")
    assert shown.above == "" and shown.names("3", "t = bytearray(5_000_000)")


def test_a_statement(notebook: Any) -> None:
    """One row, and it is the line that the reader typed."""
    shown = seen(notebook, "statement")
    assert shown.above == "" and shown.names("1", CELLS["statement"])
    assert shown.graph.inner_text().count(CELLS["statement"]) == 1
    assert "get_ipython" not in shown.graph.inner_text()


PROGRESS = {
    "bar": ("widget", r"100%\s+4/4.*"),
    "text bar": ("text", r"100%\|█+\| 4/4 .*"),
    "widget": ("widget", r"step 0\nstep 1\nstep 2\nstep 3"),
}


@pytest.mark.parametrize("name", PROGRESS)
def test_progress_bars_and_widgets(name: str, notebook: Any) -> None:
    """One output as without us, brought up to date to its end, and the report below."""
    shown = seen(notebook, name)
    kind, expected = PROGRESS[name]
    assert re.fullmatch(expected, shown.above.strip()), shown.texts
    assert shown.kinds == [kind, "report"]


def test_the_line_of_a_silent_cell_is_gone(notebook: Any) -> None:
    shown = seen(notebook, "silent")
    assert shown.above == "" and shown.names("2", "block = bytearray(9_000_000); time.sleep(2.5)")
