# SPDX-License-Identifier: Apache-2.0
"""The source view, in real Chromium: whole files as a heat view, folded where nothing is."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.pages import HOSTILE, MIB, Page, opened, page_fixture, profile, write_json

from filprofiler import Snapshot

TURNED = "\u202e"
LINES = [f"# line {number}" for number in range(1, 201)]
LINES[9] = "\tkept = load()"
LINES[19] = f"    more = load()  # {HOSTILE} {TURNED}"
LINES[99] = "x = '" + "w" * 395
LINES[149] = "y = 1"


def whole(**more: Any) -> bytes:
    """Line 10 holds 60 MiB, line 20 30 MiB, line 150 three bytes."""
    nodes = [[0, 0, 0, 0, 0], *([0, 1, line, size, 1] for line, size in SIZES.items())]
    sources = {"job.py": {str(line): LINES[line - 1].strip() for line in SIZES}}
    data = json.loads(profile([("<module>", "job.py")], nodes, sources))
    return json.dumps(data | {"texts": {"job.py": [[1, "\n".join(LINES)]]}} | more).encode()


SIZES = {10: 60 * MIB, 20: 30 * MIB, 150: 3}
page = page_fixture(whole())


def rows(page: Page) -> list[list[str]]:
    texts = page.texts("#source tbody tr")
    return [[cell.strip() for cell in row.split("\t")] for row in texts]


def test_it_is_folded_where_nothing_is(page: Page) -> None:
    """Three lines around each that holds something; what holds next to nothing is folded, too."""
    shown = [row[-1] for row in rows(page)]
    numbers = [f"# line {number}" for number in range(1, 201)]
    assert shown[:4] == ["\u22ef 6 lines", *numbers[6:9]]
    assert shown[4] == "kept = load()" and shown[5:8] == numbers[10:13]
    assert shown[8] == "# line 14" and shown[11:14] == numbers[16:19]
    assert shown[15:] == [*numbers[20:23], "\u22ef 177 lines, 3 B"]


def test_a_key_unfolds_it(page: Page) -> None:
    page.tab.get_by_role("button", name="177 lines").focus()
    page.tab.keyboard.press("Enter")
    assert page.tab.evaluate("document.activeElement.id") == "line-24"
    assert page.tab.locator("#source tbody tr").count() == 200 - 6 + 1
    page.tab.keyboard.press("Tab")
    assert page.tab.evaluate("document.activeElement.textContent") == "y = 1"
    page.tab.keyboard.press("Enter")
    assert page.tab.input_value("#search") == "job.py:150"


def test_heat_and_figures(page: Page) -> None:
    heat = page.tab.evaluate(
        "[10, 11, 20].map((n) => parseInt("
        "document.getElementById(`line-${n}`).style.getPropertyValue('--heat')) || 0)"
    )
    assert heat[0] > heat[2] > heat[1] == 0
    cells = page.tab.locator("#line-20 > *").all_inner_texts()
    assert cells[:3] == ["30.0 MiB", "30.0 MiB", "20"]


def test_indentation_and_what_is_hostile(page: Page) -> None:
    """Tabs and blanks stand as in the file; nothing is run, nothing is turned around."""
    texts = page.tab.evaluate(
        "[10, 20].map((n) => document.querySelector(`#line-${n} .code`).textContent)"
    )
    assert texts == [LINES[9], LINES[19].replace(TURNED, "\\u202e")]
    assert page.tab.evaluate(
        "getComputedStyle(document.querySelector('#line-10 .code')).whiteSpace"
    ).startswith(("pre-wrap", "preserve"))
    assert TURNED not in page.tab.inner_text("#card") + page.tab.inner_text("#source")


@pytest.mark.parametrize("width", [300, 1280])
def test_a_long_line_stays_on_the_page(browser: Any, tmp_path: Path, width: int) -> None:
    page = opened(browser, tmp_path, whole(), viewport={"width": width, "height": 900})
    page.tab.get_by_role("button", name="177 lines").click()
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
    box = page.tab.locator("#line-100 code").bounding_box()
    assert box and box["x"] + box["width"] <= width
    page.close()


def test_the_card_leads_to_a_folded_line(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, whole())
    row = page.tab.evaluate("fil.showLine('job.py', 150).textContent")
    assert row == "3 B3 B150y = 1"
    assert page.tab.locator("#line-147").count() == page.tab.locator("#line-153").count() == 1
    page.close()


def test_lines_that_are_gone_stand_behind_those_that_have_their_numbers(
    browser: Any, tmp_path: Path
) -> None:
    """In a difference the text is the new file's."""

    def snapshot(size: int, line: int, source: str) -> Snapshot:
        nodes = [[0, 0, 0, 0, 0], [0, 1, line, size, 1]]
        data = json.loads(profile([("f", "a.py")], nodes, {"a.py": {str(line): source}}))
        text = "\n".join(["import b", source, "last()"] if line == 2 else [source, "other()"])
        return Snapshot(json.dumps(data | {"texts": {"a.py": [[1, text]]}}).encode())

    change = snapshot(MIB, 1, "kept = everything()").diff(snapshot(5 * MIB, 2, "rows.load(path)"))
    page = Page(browser, write_json(tmp_path / "index.html", change.profile))
    assert rows(page) == [
        ["+1.0 MiB", "+1.0 MiB", "1", "kept = everything()"],
        ["2", "other()"],
        ["\N{MINUS SIGN}5.0 MiB", "\N{MINUS SIGN}5.0 MiB", "\N{MINUS SIGN}", "rows.load(path)"],
    ]
    page.close()


def test_it_can_be_read_in_the_dark(browser: Any, tmp_path: Path) -> None:
    """The ink on the warmest line is far from its ground, in both."""
    for scheme in ("light", "dark"):
        page = opened(browser, tmp_path, whole(), color_scheme=scheme)
        ink, ground = page.tab.evaluate(
            """() => [["color", ".code"], ["backgroundColor", ""]].map(([name, inside]) => {
              const paint = document.createElement("canvas").getContext("2d");
              const shown = document.querySelector(`#line-10 ${inside}`);
              paint.fillStyle = getComputedStyle(shown)[name];
              paint.fillRect(0, 0, 1, 1);
              return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
            })"""
        )
        assert abs(sum(ink) - sum(ground)) > 250, scheme
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [300, 3840])
def test_a_deep_indentation_leaves_no_empty_line(
    browser: Any, tmp_path: Path, width: int, scheme: str
) -> None:
    """However narrow the page is, and wherever the text's words end, its first line has code."""
    deep = " " * 12 + "self.measurements.append(Measurement(f'station {number}', [0] * factor))"
    lines = [*LINES[:9], deep, *LINES[10:]]
    data = whole(texts={"job.py": [[1, "\n".join(lines)]]})
    size = {"width": width, "height": 900}
    page = opened(browser, tmp_path, data, viewport=size, color_scheme=scheme)
    begins = page.tab.evaluate(
        """() => {
          const code = document.querySelector('#line-10 .code'), range = document.createRange();
          range.setStart(code.firstChild, 12);
          range.setEnd(code.firstChild, 13);
          return range.getBoundingClientRect().top - code.getBoundingClientRect().top;
        }"""
    )
    assert begins < 10
    assert page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.tab.locator("#line-10 .code").text_content() == deep
    page.close()
