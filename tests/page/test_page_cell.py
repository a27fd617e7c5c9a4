# SPDX-License-Identifier: Apache-2.0
"""A cell's output at the widths that a notebook has: nothing is cut without a mark, nothing lies
over something else, and each note stands once."""

import json
from pathlib import Path
from typing import Any

import pytest
from filprofiler.jupyter.display import as_html
from support.pages import MIB, Page, profile

from filprofiler.snapshots import Snapshot

SITE = "/opt/lib/python3.12/site-packages"
IMPORTED = ["pandas", "matplotlib", "pyarrow"]
LONG = 'table = pandas.DataFrame(rows).sort_values(["alpha", "beta", "a_column_of_a_long_name"])'
CHILDREN = "2 child processes ran, not counted; the largest held 2.0 MiB (RSS)"


def cell() -> Snapshot:
    """An own line of 40 MiB in pandas, imports of 30, 20 and 10 MiB, and two child processes."""
    functions = [("<module>", "In[2]"), ("build", f"{SITE}/pandas/frame.py")]
    nodes = [[0, 0, 0, 0, 0], [0, 1, 3, 0, 0], [1, 2, 9, 40 * MIB, 1]]
    for index, name in enumerate(IMPORTED):
        functions += [
            ("_find_and_load", "<frozen importlib._bootstrap>"),
            ("<module>", f"{SITE}/{name}/__init__.py"),
        ]
        nodes.append([0, 1, 4 + index, 0, 0])
        nodes.append([len(nodes) - 1, 3 + 2 * index, 1, 0, 0])
        nodes.append([len(nodes) - 1, 4 + 2 * index, 1, (30 - 10 * index) * MIB, 1])
    sources = {"In[2]": {"3": LONG}}
    data = json.loads(profile(functions, nodes, sources))
    data["command"] = []
    data["kinds"], data["parts"] = ["heap", "anonymous mapping"], [[2, 0, 1, 40 * MIB, 0]]
    data["children"] = {"count": 2, "largest_resident_bytes": 2 * MIB, "at_most_bytes": 2 * MIB}
    return Snapshot(json.dumps(data).encode())


# Of the texts that end beyond their own cell: those that are cut there without "…".
CUT = """all => all.filter((one) => one.textContent.trim()
  && one.getBoundingClientRect().right > one.closest("td").getBoundingClientRect().right + 1)
  .map((one) => one.textContent)"""
# Paragraphs that lie over the next one.
OVER = """all => all.filter((one, i) => i && one.getBoundingClientRect().top
  < all[i - 1].getBoundingClientRect().bottom - 1).map((one) => one.textContent)"""


@pytest.fixture(scope="module")
def output() -> str:
    return as_html(cell())


def shown(browser: Any, folder: Path, output: str, width: int) -> tuple[Page, Any]:
    """The output in a notebook of this width, and its frame."""
    path = folder / "cell.html"
    path.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{output}')
    page = Page(browser, path, viewport={"width": width, "height": 900})
    frame = page.tab.frame_locator("iframe")
    frame.locator("#graph .frame").first.wait_for()
    page.requests = [request for request in page.requests if request != "about:srcdoc"]
    return page, frame


@pytest.mark.parametrize("width", [400, 640, 1000])
def test_what_is_cut_ends_in_dots(browser: Any, tmp_path: Path, output: str, width: int) -> None:
    page, _ = shown(browser, tmp_path, output, width)
    assert page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    parts = page.tab.locator("table td:last-child :is(code, span span)")
    assert parts.evaluate_all(CUT) == []
    assert {parts.nth(i).evaluate("one => getComputedStyle(one).textOverflow")
            for i in range(parts.count())} == {"ellipsis"}  # fmt: skip
    note = page.tab.locator("tr", has_text="imports").locator("span span")
    assert note.get_attribute("title") == "pandas 30.0 MiB, matplotlib 20.0 MiB, pyarrow 10.0 MiB"
    if width != 640:  # there it's the font that decides
        assert note.evaluate("one => one.scrollWidth > one.clientWidth") == (width == 400)
    below = page.tab.locator("tr", has_text="In[2]:3").locator("span span")
    assert below.inner_text() == "in pandas"
    assert below.evaluate("one => one.scrollWidth <= one.clientWidth")
    page.close()


@pytest.mark.parametrize("width", [400, 640, 1000])
def test_nothing_lies_over_something_else(
    browser: Any, tmp_path: Path, output: str, width: int
) -> None:
    page, frame = shown(browser, tmp_path, output, width)
    assert frame.locator("#graph, #details").evaluate_all(OVER) == []
    assert frame.locator("#details p").evaluate_all(OVER) == []
    graph = frame.locator("#graph").evaluate("one => one.scrollHeight - one.clientHeight")
    assert graph <= 0  # each row is whole
    page.close()


def test_each_note_stands_once(browser: Any, tmp_path: Path, output: str) -> None:
    page, frame = shown(browser, tmp_path, output, 1000)
    assert page.tab.inner_text("body").count("child processes ran") == 1
    assert page.tab.get_by_text(CHILDREN).count() == 1
    seen = frame.locator("body").inner_text()
    assert "child process" not in seen and "Peak memory" not in seen
    page.close()
