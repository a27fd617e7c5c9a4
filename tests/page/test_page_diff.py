# SPDX-License-Identifier: Apache-2.0
"""What changed between two profiles, in real Chromium: a differential flamegraph and a table of
growth and shrinkage."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.pages import DIFF, HOSTILE, MIB, Page, page_fixture, profile, write_json

from filprofiler.diffs import Diff
from filprofiler.snapshots import Snapshot

MINUS = "\N{MINUS SIGN}"


diff = page_fixture(DIFF)


def test_how_much_it_changed(diff: Page) -> None:
    assert (
        diff.tab.inner_text("h1")
        == "+20.0 MiB more in use at the peak 80.0 MiB → 100.0 MiB, +25.0 %"
    )
    assert diff.tab.title() == "Change of the Peak (+20.0 MiB)"
    before, after = diff.texts("#command .side")
    assert before.startswith("Before 80.0 MiB job.py before Sep 21, 2026")
    assert after.startswith(f"After 100.0 MiB job.py {HOSTILE} Sep 21, 2026")
    first = diff.texts("#card li")[0]
    assert first.startswith("+40.0 MiB → 68.0 MiB") and "rows = numpy.ones(n)" in first


def test_the_ends_of_two(browser: Any, tmp_path: Path) -> None:
    data = json.dumps(json.loads(DIFF) | {"moment": "end"}).encode()
    page = Page(browser, write_json(tmp_path / "index.html", data))
    assert page.tab.inner_text("h1").startswith("+20.0 MiB more in use at the end 80.0 MiB")
    assert page.tab.title() == "Change of What Is in Use at the End (+20.0 MiB)"
    page.close()


def test_what_is_left_of_both(browser: Any, tmp_path: Path) -> None:
    data = json.loads(DIFF)
    data["old"]["end_bytes"], data["new"]["end_bytes"] = 2 << 20, 0
    page = Page(browser, write_json(tmp_path / "index.html", json.dumps(data).encode()))
    before, after = page.texts("#command .side")
    assert before.startswith("Before 80.0 MiB, at the end 2.0 MiB job.py")
    assert after.startswith("After 100.0 MiB, at the end 0 MiB job.py")
    page.close()


def test_boxes_are_as_wide_as_the_larger_of_both(diff: Page) -> None:
    boxes: dict[str, tuple[int, str, str]] = {}
    for frame in diff.tab.locator("#graph .frame").all():
        label, box = frame.get_attribute("aria-label") or "", frame.bounding_box()
        kind = (frame.get_attribute("class") or "").split()[1]
        boxes.setdefault(label.split(",")[0], (round(box["width"]), kind, label))
    load, join, odd = (
        boxes["load lib/data.py:10"],
        boxes["join lib/data.py:20"],
        boxes[f"{HOSTILE} odd.py:1"],
    )
    assert load[1] == "grew" and join[1] == "shrank" and odd[1] == "grew"
    assert load[0] == pytest.approx(join[0], abs=2)  # 60 MiB now and 60 MiB before
    assert load[0] / odd[0] == pytest.approx(30, rel=0.1)
    assert load[2] == "load lib/data.py:10, +40.0 MiB, 20.0 MiB to 60.0 MiB"
    assert join[2] == f"join lib/data.py:20, {MINUS}22.0 MiB, 60.0 MiB to 38.0 MiB"
    assert (
        "+40.0 MiB" in diff.frame("load").inner_text()
        and f"{MINUS}22.0 MiB" in diff.frame("join").inner_text()
    )  # not by colour alone
    assert diff.texts("#legend span") == ["+ holds more", f"{MINUS} holds less", "± no change"]


def test_lines_that_grew_and_shrank(diff: Page) -> None:
    cells = [[cell.strip() for cell in row.split("\t")] for row in diff.texts("#lines tbody tr")]
    assert [row[:4] for row in cells[:3]] == [
        ["+40.0 MiB", "28.0 MiB", "68.0 MiB", "+40.0 MiB"],
        [f"{MINUS}22.0 MiB", "52.0 MiB", "30.0 MiB", f"{MINUS}22.0 MiB"],
        ["+2.0 MiB", "0 MiB", "2.0 MiB", "+2.0 MiB"],
    ]
    diff.tab.get_by_role("button", name="Before").click()
    assert diff.texts("#lines tbody .pick")[0] == "join"


def test_the_rest_of_the_page_works_with_it(diff: Page) -> None:
    diff.tab.fill("#search", "merge")
    assert diff.tab.inner_text("#matched") == f"1 match: {MINUS}22.0 MiB (60.0 MiB → 38.0 MiB)"
    diff.tab.click("#allocators")
    assert diff.names()[:3] == ["all", "load", "join"]
    assert "+40.0 MiB" in diff.tab.locator("#graph .frame").nth(1).inner_text()
    diff.tab.locator("#graph .frame").nth(1).click()
    assert "28.0 MiB → 68.0 MiB" in diff.tab.inner_text("#details")
    diff.tab.select_option("#file", "lib/data.py")
    assert diff.texts("#source tbody tr")[1].replace("\n", "").split("\t") == [
        "+40.0 MiB",
        "+40.0 MiB",
        "10",
        "rows = numpy.ones(n)",
    ]
    for section in ("#time-section", "#resident-section", "#files-section"):
        assert not diff.tab.is_visible(section)


def importing(pandas: int) -> Snapshot:
    """Two imports, of which one holds 10 MiB."""
    sites = "/opt/lib/python3.12/site-packages"
    functions, nodes = [("<module>", "job.py")], [[0, 0, 0, 0, 0]]
    for line, (name, size) in enumerate({"pandas": pandas, "numpy": 10}.items(), 1):
        at = len(functions)
        functions += [
            ("_find_and_load", "<frozen importlib._bootstrap>"),
            ("<module>", f"{sites}/{name}/__init__.py"),
        ]
        nodes.append([0, 1, line, 0, 0])
        nodes.append([len(nodes) - 1, at + 1, 1, 0, 0])
        nodes.append([len(nodes) - 1, at + 2, 1, size * MIB, 1])
    return Snapshot(profile(functions, nodes, {}))


def test_only_imports_that_changed_are_named(browser: Any, tmp_path: Path) -> None:
    difference = Diff(importing(30), importing(35))
    path = tmp_path / "index.html"
    path.write_bytes(difference.native.render("html"))
    page = Page(browser, path)
    words = " ".join(page.texts("#card li")[0].split())
    assert words == "+5.0 MiB → 45.0 MiB imports pandas +5.0 MiB"
    page.close()
