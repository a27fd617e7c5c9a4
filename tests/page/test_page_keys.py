# SPDX-License-Identifier: Apache-2.0
"""All that a mouse can do on the page, a keyboard can, and what opens there says what it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.pages import MIB, RICH, Page, write_json
from support.profiletwinjson import from_version_1

LINES = "\n".join(f"line_{number} = {number}" for number in range(1, 60))
FOCUS = "document.activeElement.id || document.activeElement.textContent"


def with_all() -> bytes:
    """RICH with a moment at its end, and the whole text of a file, most of which is folded."""
    data = json.loads(from_version_1(RICH))
    left = {"rows": 0, "self": 0}
    load = next(number for number, node in enumerate(data["nodes"]) if node[3] == 60 * MIB)
    others = [[i, 0] for i, node in enumerate(data["nodes"]) if node[3] and i != load]
    row = [data["nodes"][load][1], 10, 60 * MIB, 60 * MIB, 2, 40 * MIB]
    answers = {by: {"rows": [row], "left_out": left} for by in ("line", "function", "import")}
    answers["kind"] = {"rows": [[0, 0, *row[2:]]], "left_out": left}
    answers["own"] = {"rows": [[*row, 0]], "left_out": left}
    end = {"bytes": 60 * MIB, "nodes": others, "answers": answers}
    data["end"] = end | {"parts": [[load, 0, 0, 60 * MIB, 40 * MIB]]}
    data["texts"] = {"lib/data.py": [[1, LINES]]}
    return json.dumps(data).encode()


def opened(browser: Any, folder: Path, **options: Any) -> Page:
    return Page(browser, write_json(folder / "index.html", with_all()), **options)


def press(page: Page, selector: str, key: str = "Enter") -> None:
    """Give a control the focus, as Tab does, and press a key there."""
    page.tab.locator(selector).first.focus()
    page.tab.keyboard.press(key)


def test_the_bar(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path)
    assert page.texts("#command .side") == ["Still in use at the end: 20.0 MiB"]
    press(page, "#end")
    assert page.tab.inner_text("h1").startswith("20.0 MiB still in use at the end")
    press(page, "#theme")
    press(page, "#theme")
    assert page.tab.evaluate("document.documentElement.dataset.theme") == "dark"
    press(page, "#help-button")
    assert page.tab.is_visible("#help")
    assert page.tab.evaluate("document.activeElement.closest('#help') !== null")
    page.tab.keyboard.press("Escape")
    assert page.tab.is_hidden("#help") and page.tab.evaluate(FOCUS) == "help-button"
    page.close()


def test_the_menu(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path)
    press(page, "#more-tools summary")
    assert page.tab.is_visible("#split")
    page.tab.keyboard.press("Tab")
    assert page.tab.evaluate(FOCUS) == "split"
    page.tab.keyboard.press("ArrowDown")
    assert page.tab.input_value("#split") == "thread"
    assert page.tab.locator("#graph .frame.group").count() == 2
    page.tab.keyboard.press("Escape")
    assert page.tab.is_hidden("#split")
    assert page.tab.evaluate("document.activeElement.matches('#more-tools summary')")
    page.close()


def test_the_details(browser: Any, tmp_path: Path) -> None:
    """Of the box that has the focus; Tab goes to them."""
    page = opened(browser, tmp_path)
    page.tab.locator("#graph .frame", has_text="join").first.focus()
    names = []
    for _ in range(4):
        page.tab.keyboard.press("Tab")
        names.append(page.tab.evaluate(FOCUS))
    assert names == ["Copy stack", "Copy path", "In the table", "In the source"]
    page.tab.keyboard.press("Enter")
    assert page.tab.locator("#line-20.here").count() == 1
    page.close()


def test_the_source_and_the_table(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path)
    page.tab.select_option("#file", "lib/data.py")
    before = page.tab.locator("#source tbody tr").count()
    press(page, "#source .gap button")
    assert page.tab.locator("#source tbody tr").count() > before
    press(page, "#lines .pick")
    assert page.tab.input_value("#search") and page.tab.locator(".frame.found").count()
    page.tab.locator("#lines .sort").last.focus()
    name = page.tab.evaluate(FOCUS)
    page.tab.keyboard.press("Enter")
    assert page.tab.locator("#lines [aria-sort]").inner_text() == name
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [300, 1280])
def test_axe_finds_nothing_in_what_is_open(
    browser: Any, tmp_path: Path, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(browser, tmp_path, color_scheme=scheme, viewport={"width": width, "height": 700})
    for selector in ("#end", "#more-tools summary", "#source .gap button", "#help-button"):
        press(page, selector)
        found = axe.run(page.tab).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    page.close()
