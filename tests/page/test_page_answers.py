# SPDX-License-Identifier: Apache-2.0
"""Every figure of the page, to the byte, in real Chromium: the tables and the boxes of random trees
are those of the twin, and nothing is lost that is too small to be drawn."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.pages import MIB, Page, opened, write_json
from support.profiletwin import FIELDS, KINDS, Answers, Frame, Tree, answers, boxes, clean, in_use
from support.profiletwinjson import document
from support.running import run_profiled

PACKAGES = "/opt/lib/python3.12/site-packages"
FUNCTIONS = [
    ("<module>", "job.py"), ("load", "job.py"), ("load", "lib/data.py"), ("walk", "job.py"),
    ("_find_and_load", "<frozen importlib._bootstrap>"),
    ("exec_module", "<frozen importlib._bootstrap_external>"),
    ("<module>", f"{PACKAGES}/pandas/__init__.py"), ("<module>", f"{PACKAGES}/pandas/core/api.py"),
    ("<module>", f"{PACKAGES}/six.py"), ("<module>", f"{PACKAGES}/numpy/__init__.py"),
    ("read_csv", f"{PACKAGES}/pandas/io.py"), ("loads", "/usr/lib/python3.12/json/__init__.py"),
    ("[outside the cell]", "[outside the cell]"),
]  # fmt: skip
DESCRIBED = [(name, file, 1) for name, file in FUNCTIONS]
THREADS = ["MainThread", "loader", "writer"]
WIDE = 1200  # of the graph, in pixels
SEEN = 0.6  # pixels: what is narrower need not be there

SLOW = settings(
    max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate), derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip

Nodes = list[list[int]]


@st.composite
def trees(draw: Any, is_diff: bool = False) -> tuple[Nodes, Nodes]:
    """Nodes, and parts of some: sizes that are drawn, and some that are too small for it."""
    size = st.sampled_from([0, 0, 1, 900, 5000, MIB, 2 * MIB + 7, 5 * MIB])
    nodes: Nodes = [[0, 0, 0, draw(st.sampled_from([0, 3 * MIB])), 1]]
    for number in range(1, draw(st.integers(2, 28))):
        above = draw(st.integers(max(0, number - 5), number - 1))
        function = draw(st.integers(1, len(FUNCTIONS)))
        line, made = draw(st.integers(1, 3)), draw(st.integers(0, 2000))
        nodes.append([above, function, line, draw(size), made])
    if is_diff:
        nodes = [[*node, draw(size)] for node in nodes]
    holders = [number for number, node in enumerate(nodes) if node[3] and number]
    has_parts = holders and not is_diff
    chosen = sorted(draw(st.sets(st.sampled_from(holders), max_size=4))) if has_parts else []
    parts = [
        [
            number,
            draw(st.integers(0, 2)),
            draw(st.integers(0, 3)),
            nodes[number][3],
            draw(st.sampled_from([0, nodes[number][3] // 2, nodes[number][3]])),
        ]
        for number in chosen
    ]
    return nodes, parts


def version_1(nodes: Nodes, parts: Nodes) -> bytes:
    named = [("", ""), *FUNCTIONS]
    functions = [{"name": name, "file": file, "first_line": 1} for name, file in named]
    return json.dumps(
        {
            "format": "filprofiler", "version": 1, "kind": "peak", "command": ["job.py"],
            "python": "3.12.1", "peak_bytes": sum(node[3] for node in nodes), "threads": THREADS,
            "kinds": KINDS, "functions": functions, "nodes": nodes, "parts": parts, "sources": {},
        }
    ).encode()  # fmt: skip


ROWS = """() => [...document.querySelectorAll('#lines tbody tr')].map((row) => [
  row.querySelector('td:last-child').firstChild.textContent, row.querySelector('.place').title,
  ...[...row.querySelectorAll('td')].slice(0, -1).map(
    (cell) => Number(cell.dataset.bytes ?? cell.textContent.replaceAll(',', '')))])"""


def table(page: Page, by: str) -> dict[tuple[str, str], list[int]]:
    """All rows of a table: name and place => the figures of its columns."""
    page.tab.select_option("#by", by)
    while page.tab.is_visible("#more"):
        page.tab.click("#more")
    rows = page.tab.evaluate(ROWS)
    assert len({(name, place) for name, place, *_ in rows}) == len(rows)
    order = [row[2] for row in rows]
    assert order == sorted(order, key=abs, reverse=True)
    return {(name, place): figures for name, place, *figures in rows}


def named(by: str, key: Any, threads: list[str]) -> tuple[str, str]:
    """How a row is called: its name and its place."""
    if by == "own" and isinstance(key, str):
        return key, ""
    if by in ("line", "own"):
        if not key.file:
            return "[No Python stack]", ""
        place = f"{key.file}:{key.line}"
        short = "/".join(place.split("/")[-2:])
        return (short if key.name == "<module>" else key.name), place
    if by == "function":
        return key if key[1] else ("[No Python stack]", "")
    if by == "file":
        return ("/".join(key.split("/")[-2:]), key) if key else ("[No Python stack]", "")
    if by == "package":
        return key[0] or "[No Python stack]", ""
    return {
        "import": str(key),
        "thread": threads[key] if by == "thread" else "",
        "kind": KINDS[key] if by == "kind" else "",
    }[by], ""


def expected(by: str, row: dict[str, int]) -> list[int]:
    own, total = row["self"], row["total"]
    if by == "import":
        return [total, total]
    return [own, own] if by in ("own", "thread", "kind") else [own, own, total, row["allocations"]]


def expected_table(by: str, rows: dict[Any, dict[str, int]]) -> dict[tuple[str, str], list[int]]:
    return {named(by, key, THREADS): expected(by, row) for key, row in rows.items()}


def answers_in_use(tree: Tree, parts: Nodes) -> Answers:
    """A row for all that was asked for, with the figures of what is in use of it."""
    touched = [[node, thread, kind, held - never, 0] for node, thread, kind, held, never in parts]
    used = in_use(tree)
    found, nothing = answers(used, touched, used.total(0)), dict.fromkeys(FIELDS, 0)
    all_asked = answers(tree, parts, tree.total(0))
    for by, rows in all_asked.items():
        for key, row in rows.items():
            used_row = {**nothing, **found[by].get(key, {})}
            rows[key] = used_row | {"allocations": row["allocations"]}
    return all_asked


def check_tables(page: Page, tree: Tree, parts: Nodes) -> None:
    options = page.tab.locator("#by option:not([disabled])")
    offered = options.evaluate_all("all => all.map((option) => option.value)")
    for by, rows in answers_in_use(tree, parts).items():
        if by in offered:
            assert table(page, by) == expected_table(by, rows), by
        else:
            assert (by == "import" and not rows) or (by in ("thread", "kind") and len(rows) < 2)


# Boxes with the box that they hang below, found by where they are.
BOXES = """() => {
  const all = [...document.querySelectorAll('#graph .frame')].map(function (box) {
    const { left, right } = box.getBoundingClientRect();
    return { box, top: box.offsetTop, left, right };
  });
  const holds = (a, b) => a.top < b.top && a.left <= b.left + 0.2 && a.right >= b.left + 0.2;
  const frames = all.filter((one) => !one.box.classList.contains('rest'));
  const above = (one) => frames.filter((a) => holds(a, one)).sort((a, b) => b.top - a.top)[0];
  const label = (box) => box.getAttribute('aria-label').split(', ')[0];
  return all.map((one) => [all.indexOf(above(one)), label(one.box),
    Number(one.box.dataset.bytes), one.box.classList.contains('rest')]);
}"""


def label(frame: Frame) -> str:
    """A module is called by its file."""
    if frame.file == "<import>":
        return frame.name
    place = f"{frame.file}:{frame.line}"
    return place if frame.name == "<module>" else f"{frame.name} {place}"


def check_boxes(page: Page, held: Counter[tuple[Frame, ...]], whole: int) -> None:
    """Each box that is there holds what the twin says, and below each frame, what isn't there is
    one grey box, of so many frames."""
    page.drawn()
    drawn = page.tab.evaluate(BOXES)
    expected: dict[tuple[str, ...], dict[str, int]] = {}
    for path, total in held.items():
        if total:
            expected.setdefault(tuple(map(label, path[:-1])), {})[label(path[-1])] = total
    paths: list[tuple[str, ...]] = []
    shown: dict[tuple[str, ...], dict[str, int]] = {}
    grey: dict[tuple[str, ...], tuple[str, int]] = {}
    for parent, name, total, is_rest in drawn:
        above = paths[parent] if parent >= 0 else ()
        paths.append((*above, name) if parent >= 0 else ())
        if is_rest:
            assert above not in grey
            grey[above] = (name, total)
        elif parent >= 0:
            shown.setdefault(above, {})[name] = total
    for names in {(), *(names for names in paths if not any("smaller" in name for name in names))}:
        missing = dict(expected.get(names, {}))
        for name, total in shown.get(names, {}).items():
            assert missing.pop(name) == total, (names, name)
        if names in grey:
            assert grey[names] == (f"{len(missing)} smaller", sum(missing.values())), names
        else:
            assert sum(missing.values()) * WIDE <= SEEN * whole, names


def check_totals(page: Page, held: Counter[tuple[Frame, ...]]) -> None:
    """Each box that is there is in the whole graph, too. What a library does inside may be left
    out, and is grey then: whether it is all inside can't be known."""
    page.drawn()
    drawn = page.tab.evaluate(BOXES)[1:]
    there = Counter((name, total) for _, name, total, is_rest in drawn if not is_rest)
    assert not there - Counter((label(path[-1]), total) for path, total in held.items())


def check_graph(page: Page, tree: Tree, whole: int) -> None:
    """In each detail, both ways."""
    for detail in ("calls", "mine", "all"):
        if page.tab.is_visible("#detail"):
            page.tab.click(f"#{detail}")
        for button, inverted in (("#callers", False), ("#allocators", True)):
            page.tab.click(button)
            check_boxes(page, boxes(tree, inverted, detail), whole)


Made = tuple[Nodes, Nodes]


def page_of(browser: Any, folder: Path, data: dict[str, Any]) -> Page:
    path = write_json(folder / "index.html", json.dumps(data).encode())
    return Page(browser, path, viewport={"width": 1280, "height": 900})


@pytest.mark.parametrize("maker", ["twin", "c"])
@SLOW
@given(made=trees())
def test_all_figures_of_a_profile(browser: Any, tmp_path: Path, maker: str, made: Made) -> None:
    nodes, parts = made
    tree = clean(DESCRIBED, nodes, parts)
    if maker == "twin":
        page = page_of(browser, tmp_path, document(tree, parts, threads=THREADS))
    else:
        size = {"width": 1280, "height": 900}
        page = opened(browser, tmp_path, version_1(nodes, parts), viewport=size)
    used = in_use(tree)
    assert page.tab.locator("#graph .frame").first.get_attribute("data-bytes") == f"{used.total(0)}"
    check_tables(page, tree, parts)
    check_graph(page, used, used.total(0))
    page.close()


@SLOW
@given(made=trees(), most=st.integers(2, 12), rows=st.integers(1, 4))
def test_a_cut_profile(browser: Any, tmp_path: Path, made: Made, most: int, rows: int) -> None:
    """Both graphs are as of the whole one, but for how much of it is grey; the table says what it
    hasn't."""
    nodes, parts = made
    whole_tree = clean(DESCRIBED, nodes, parts)
    tree = in_use(whole_tree)
    whole = tree.total(0)
    data = document(whole_tree, parts, most, rows)
    page = page_of(browser, tmp_path, data)
    check_totals(page, boxes(tree, detail="calls"))
    if page.tab.is_visible("#detail"):
        page.tab.click("#all")
        check_boxes(page, boxes(tree, detail="all"), whole)
    page.tab.click("#allocators")
    check_boxes(page, boxes(tree, True, "imports" if "cut" in data else "all"), whole)
    if "cut" in data:
        assert not page.tab.is_visible("#detail")
        assert "whole recording" in page.tab.inner_text("#note")
    for by in ("line", "own", "package"):
        shown, all_rows = table(page, by), answers_in_use(whole_tree, parts)[by]
        assert shown.items() <= expected_table(by, all_rows).items()
        assert len(shown) == min(rows, len(all_rows))
        left = len(all_rows) - len(shown)
        assert page.tab.is_visible("#rest") == (left > 0)
        if left:
            assert page.tab.inner_text("#rest").startswith(f"and {left:,} more, which hold ")
    page.close()


def changes(row: dict[str, int]) -> list[int]:
    """The columns of a row of a difference."""
    grew, through = row["self"] - row["old_self"], row["total"] - row["old_total"]
    return [grew, row["old_self"], row["self"], through]


@SLOW
@given(made=trees(is_diff=True))
def test_all_figures_of_a_difference(browser: Any, tmp_path: Path, made: Made) -> None:
    tree = clean(DESCRIBED, made[0])
    new, old = {"peak_bytes": tree.total(0)}, {"peak_bytes": tree.total(0, "old")}
    page = page_of(browser, tmp_path, document(tree, kind="diff", new=new, old=old))
    for by in ("line", "own", "function", "file", "package"):
        rows = answers(tree)[by]
        assert table(page, by) == {named(by, key, THREADS): changes(rows[key]) for key in rows}, by
    for button, inverted in (("#callers", False), ("#allocators", True)):
        page.tab.click(button)
        page.drawn()
        check_totals(page, boxes(tree, inverted, "calls"))
    page.close()


MANY_CALLERS = """
keep = []

def helper():
    return bytearray(30_000)

for i in range(6000):
    exec(f'def caller_{i}(): keep.append(helper())')
    globals()[f'caller_{i}']()
large = bytearray(45_000_000)
"""


def test_many_small_callers_hide_nothing(browser: Any, tmp_path: Path) -> None:
    """Four fifths of the peak are in one line, through thousands of callers that are each too small
    to be drawn."""
    script = tmp_path / "many.py"
    script.write_text(MANY_CALLERS)
    done = run_profiled([str(script)], tmp_path / "out")
    assert done.report is not None, done.stderr
    page = opened(browser, tmp_path, (done.report / "peak-memory.json").read_bytes())
    share, place, name = re.findall(r"([0-9.]+) %\s+(\S+)\s+(\w+)", page.texts("#card li")[0])[0]
    assert 70 < float(share) < 85 and (place.split("/")[-1], name) == ("many.py:5", "helper")
    assert page.tab.locator('.frame.rest[aria-label^="6,000 smaller, 17"]').count() == 1
    assert page.texts("#legend span")[-1] == "too small to draw"
    held = table(page, "function")["helper", str(script)][0]
    page.tab.click("#allocators")
    first = page.tab.locator(".frame").nth(1).get_attribute("aria-label")
    assert first.startswith(f"helper {script}:5, {held / MIB:,.1f} MiB")
    page.close()
