# SPDX-License-Identifier: Apache-2.0
"""The page in real Chromium: what people click, type and see."""

import random
from pathlib import Path
from typing import Any

import pytest
from support.pages import (
    DIFF,
    HOSTILE,
    MIB,
    RICH,
    SMALL,
    Page,
    opened,
    page_fixture,
    profile,
    write,
)

from filprofiler import _filext

small = page_fixture(SMALL)
rich = page_fixture(RICH)


def test_the_peak_and_the_lines(small: Page) -> None:
    assert small.tab.title() == "Peak Memory (100.0 MiB)"
    assert small.tab.inner_text("h1") == "100.0 MiB in use at the peak; 68.0 % by lib/data.py:10"
    rows = small.texts("#lines tbody tr")
    assert rows[0].split("rows")[0].split() == [
        "68.0",
        "MiB",
        "68.0",
        "%",
        "load",
        "lib/data.py:10",
    ]
    assert "rows = numpy.ones(n)" in rows[0] and "30.0 MiB" in rows[1]


def test_zoom_by_click_and_keyboard(small: Page) -> None:
    names = small.names
    assert names() == ["all", "job.py:3", "load", "join", "load"]
    small.frame("join").click()
    assert names() == ["all", "job.py:3", "join", "load"]
    small.tab.keyboard.press("Escape")
    assert "join" in names() and len(names()) == 5
    small.frame("join").focus()
    assert "merged = left.merge(right)" in small.tab.inner_text("#details")
    small.tab.keyboard.press("Enter")
    assert names() == ["all", "job.py:3", "join", "load"]
    small.tab.click("#reset")
    assert len(names()) == 5 and small.tab.is_disabled("#reset")
    small.tab.click("#back")
    assert len(names()) == 4


def test_search_says_what_the_matches_hold(small: Page) -> None:
    small.tab.keyboard.press("/")
    small.tab.keyboard.type("numpy")
    assert small.tab.inner_text("#matched") == "2 matches: 68.0 MiB, 68.0 %"
    assert small.tab.locator(".frame.found").count() == 2
    small.tab.fill("#search", "")
    assert small.tab.locator(".frame.found").count() == 0


def test_inverted(small: Page) -> None:
    small.tab.click("#allocators")
    firsts = [text.split()[0] for text in small.texts("#graph .frame") if text]
    assert firsts[:3] == ["all", "load", "join"]
    assert "68.0 MiB" in small.tab.locator("#graph .frame").nth(1).inner_text()
    small.tab.click("#callers")
    assert small.tab.get_attribute("#callers", "aria-pressed") == "true"


def test_imports_are_closed_until_asked_for(browser: Any, tmp_path: Path) -> None:
    functions = [
        ("<module>", "job.py"),
        ("_find_and_load", "<frozen importlib._bootstrap>"),
        ("<module>", "lib.py"),
    ]
    nodes = [[0, 0, 0, 0, 0], [0, 1, 1, 0, 0], [1, 2, 5, MIB, 1], [2, 3, 1, 4 * MIB, 1]]
    nodes += [[1, 2, 6, 0, 0], [4, 3, 1, 4 * MIB, 1]]
    page = opened(browser, tmp_path, profile(functions, nodes, {}))
    hidden = ["all 9.0 MiB", "job.py:1 9.0 MiB", "import lib 9.0 MiB"]
    assert [text.split(" · ")[0] for text in page.texts("#graph .frame")] == hidden
    page.tab.click("#all")
    assert page.texts("#graph .frame")[3].startswith("lib.py:1 8.0 MiB")
    page.tab.click("#calls")
    page.tab.click("#allocators")
    assert [text.split(" · ")[0] for text in page.texts("#graph .frame")] == [
        *("all 9.0 MiB", "import lib 9.0 MiB", "job.py:1 9.0 MiB")
    ]
    page.tab.select_option("#by", "import")
    assert page.texts("#lines tbody tr")[0].split() == ["9.0", "MiB", "100.0", "%", "import", "lib"]
    page.tab.select_option("#by", "line")
    assert page.texts("#lines tbody tr")[1].split()[:2] == ["1.0", "MiB"]  # the importing line's
    page.tab.select_option("#by", "import")
    page.tab.click("#lines .pick")
    assert page.tab.inner_text("#matched") == "1 match: 9.0 MiB, 100.0 %"
    page.close()


def test_a_line_leads_to_the_graph(small: Page) -> None:
    small.tab.locator("#lines tbody .pick").nth(1).focus()
    small.tab.keyboard.press("Enter")
    assert small.tab.input_value("#search") == "lib/data.py:20"
    assert small.tab.locator(".frame.found").count() == 1


def test_names_are_text(small: Page) -> None:
    assert small.tab.locator("img").count() == 0
    assert HOSTILE in small.tab.content().replace("&lt;", "<").replace("&gt;", ">")


CONTRAST = """() => {
  const light = (c) => { const scale = c.startsWith("color(") ? 1 : 255;
    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / scale)
      .map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b };
  const under = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (c !== "rgba(0, 0, 0, 0)") return c
    }
    return "rgb(255, 255, 255)" };
  const all = [...document.querySelectorAll(
    "h1, h2, p, th, td, td code, button, .frame b, .frame code, .frame i, #details *")];
  return all.filter((e) => e.textContent.trim() && e.offsetWidth && !e.disabled).map((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(under(e))];
    const name = e.tagName + " " + e.className + " " + e.textContent.slice(0, 30);
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), name];
  }).filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [300, 1280, 3840])
@pytest.mark.parametrize("data", [RICH, DIFF], ids=["profile", "diff"])
def test_light_dark_narrow_wide(
    browser: Any, tmp_path: Path, scheme: str, width: int, data: bytes
) -> None:
    page = opened(
        browser, tmp_path, data, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    assert page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dark = page.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(25, 22, 19)"
    assert dark == (scheme == "dark")
    assert page.tab.evaluate(CONTRAST) == []
    page.close()


def test_fifty_thousand_stacks(browser: Any, tmp_path: Path) -> None:
    chance = random.Random(1)
    nodes = [[0, 0, 0, 0, 0]]
    for index in range(1, 50_001):
        nodes.append(
            [
                max(0, index - chance.randint(1, 40)) if index % 7 else 0,
                chance.randint(1, 500),
                index,
                chance.randint(1, 9000),
                1,
            ]
        )
    many = profile([(f"f{i}", f"lib/m{i % 50}.py") for i in range(500)], nodes, {})
    path = write(tmp_path / "index.html", many)
    assert path.stat().st_size < 3_000_000
    page = Page(browser, path)
    assert 10 < page.tab.locator("#graph .frame").count() <= 5000
    page.tab.click("#allocators")
    page.tab.fill("#search", "f7")
    assert "match" in page.tab.inner_text("#matched")
    page.close()


def test_svg_zooms_and_searches(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "peak-memory.svg"
    path.write_bytes(_filext.render(SMALL, "svg"))
    page = Page(browser, path)
    frame = page.tab.locator("g.frame", has_text="join")
    before = frame.locator("rect").first.bounding_box()
    frame.locator("rect").first.click()
    after = frame.locator("rect").first.bounding_box()
    assert before and after and after["width"] > before["width"] * 1.3
    page.close()


def test_untouched_resident_and_files(browser: Any, tmp_path: Path) -> None:
    """What was never touched takes no room; the account of resident memory adds up; mapped files
    stand apart, with the line that mapped them."""
    page = opened(browser, tmp_path, RICH)
    assert (
        page.tab.inner_text("#summary small").strip()
        == "40.0 MiB more was allocated but never used"
    )
    label = page.frame("load").get_attribute("aria-label")
    assert label == "load lib/data.py:10, 20.0 MiB, 33.3 %, 40.0 MiB more never used"
    lines = page.texts("#lines tbody tr")  # 68 MiB were asked for in the second: 28 are in use
    assert (
        lines[0].startswith("30.0 MiB")
        and lines[1].startswith("28.0 MiB")
        and "40.0 MiB more never used" in lines[1]
    )
    page.frame("join").hover()
    assert "anonymous mapping 30.0 MiB, loader 30.0 MiB" in page.tab.inner_text("#details")
    rows = [float(row.split(" MiB")[0]) for row in page.texts("#resident tbody tr")]
    assert rows == [90.0, 60.0, 9.0, 3.0, 1.0, 2.0, 5.0, 10.0]
    assert page.texts("#files tbody tr td") == [
        "500.0 MiB",
        "20.0 MiB",
        f"{HOSTILE}.bin\n<module> job.py:3 > join lib/data.py:20\nmerged = left.merge(right)",
    ]
    page.close()


def test_sections_without_content_are_not_shown(small: Page) -> None:
    assert not small.tab.is_visible("#files-section") and not small.tab.is_visible(
        "#resident-section"
    )
