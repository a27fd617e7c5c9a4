# SPDX-License-Identifier: Apache-2.0
"""A notebook in real JupyterLab, in real Chromium."""

import os
import re

from support.labs import Lab, write_notebook
from support.running import REPOSITORY

CELLS = (
    "%load_ext filprofiler",
    "%%filprofile\ndef make():\n    return bytearray(50_000_000)\nblock = make()\nlen(block)",
)
FRAME = 'iframe[title^="Memory at the peak"]'


def test_a_profiled_cell_shows_its_report(lab: Lab) -> None:
    write_notebook(lab.folder / "profiled.ipynb", CELLS)
    tab = lab.open("profiled.ipynb")
    lab.run_all(tab)
    graph = tab.frame_locator(FRAME)
    graph.get_by_role("button", name="make In[2]:3").click()
    assert "bytearray(50_000_000)" in graph.locator("#graph").inner_text()
    assert (
        "traitlets" not in tab.inner_text(".jp-Notebook")
        and "IPython" not in graph.locator("body").inner_text()
    )
    assert "In[2]:3" in tab.locator(".jp-OutputArea-output table", has_text="MiB").inner_text()
    assert tab.locator(".jp-OutputArea-executeResult", has_text="50000000").count() == 1
    assert tab.locator(".jp-OutputArea-output[data-mime-type*=stderr]").count() == 0
    if os.environ.get("FIL_SCREENSHOTS"):
        graph.locator("#reset").click()
        tab.screenshot(path=REPOSITORY / "docs/images/jupyterlab.png")
    text = lab.saved(tab, "profiled.ipynb")
    tab.close()
    check_untrusted(lab, text)


def check_untrusted(lab: Lab, text: str) -> None:
    """Another user opens the notebook: no script may run, the table and the text stay."""
    (lab.folder / "received.ipynb").write_text(text.replace("len(block)", "len(block) # theirs"))
    tab = lab.open("received.ipynb")
    tab.wait_for_selector(".jp-RenderedHTML table")
    assert "bytearray(50_000_000)" in tab.inner_text(".jp-RenderedHTML")
    assert tab.locator(FRAME).count() == 0
    tab.close()


def test_a_failing_cell_stops_run_all(lab: Lab) -> None:
    write_notebook(
        lab.folder / "failing.ipynb",
        (
            CELLS[0],
            "%%filprofile\nblock = bytearray(30_000_000)\n1 / 0",
            "print('not' + ' reached')",
        ),
    )
    tab = lab.open("failing.ipynb")
    lab.run_all(tab)
    tab.wait_for_selector(FRAME)
    tab.wait_for_selector(".jp-RenderedText >> text=ZeroDivisionError")
    assert "not reached" not in tab.inner_text(".jp-Notebook")
    assert lab.folder.joinpath("failing.ipynb").exists()
    tab.close()


def test_the_frame_has_the_colours_of_the_lab(lab: Lab) -> None:
    """JupyterLab's own theme, not the system's, which is light here."""
    write_notebook(lab.folder / "dark.ipynb", CELLS)
    tab = lab.open("dark.ipynb")
    tab.emulate_media(color_scheme="null")  # else the browser's driver decides for all frames
    tab.evaluate("document.body.dataset.jpThemeLight = 'false'")
    lab.run_all(tab)
    body = tab.frame_locator(FRAME).locator("body")
    colour = body.evaluate("body => getComputedStyle(body).color")
    assert sum(map(int, re.findall(r"\d+", colour)[:3])) > 600, colour
    tab.close()
