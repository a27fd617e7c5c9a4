# SPDX-License-Identifier: Apache-2.0
"""What the page shows, and how it keeps it, in real Chromium: the first screen, calls that open,
two moments, the address, the theme, the help."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from filprofiler.jupyter.display import frame
from support.pages import (
    LIBRARIES,
    MIB,
    PANDAS,
    RICH,
    Page,
    opened,
    page_fixture,
    profile,
    write,
    write_json,
)
from support.profiletwinjson import from_version_1

from filprofiler.snapshots import Snapshot

libraries = page_fixture(LIBRARIES)
rich = page_fixture(RICH)


def labels(page: Page) -> list[str]:
    """Of each box its name, without its place, and its size."""
    page.drawn()
    found = page.tab.locator("#graph .frame").evaluate_all(
        "all => all.map((box) => box.getAttribute('aria-label'))"
    )
    return [f"{label.split(', ')[0].split(' ')[0]} {label.split(', ')[1]}" for label in found]


def at_the_end() -> bytes:
    """RICH, of which 30 MiB of 60 in one stack and nothing of the others are held at the end: of
    that line 8 MiB in a stack that holds nothing at the peak, too."""
    data = json.loads(from_version_1(RICH))
    nodes = data["nodes"]
    load = next(number for number, node in enumerate(nodes) if node[3] == 60 * MIB)
    nodes.append([0, nodes[load][1], 11, 0, 3])
    changed = [[number, 0] for number, node in enumerate(nodes) if node[3] and number != load]
    changed += [[load, 30 * MIB], [len(nodes) - 1, 8 * MIB]]
    own = [
        [nodes[load][1], 10, 30 * MIB, 30 * MIB, 2, 0, 0],
        [nodes[load][1], 11, 8 * MIB, 8 * MIB, 3, 0, 0],
    ]
    left = {"rows": 0, "self": 0}
    answers = {
        by: {"rows": [row[:6] for row in own], "left_out": left}
        for by in ("line", "function", "file", "package", "import")
    }
    answers |= {by: {"rows": [], "left_out": left} for by in ("thread", "kind")}
    answers["own"] = {"rows": own, "left_out": left}
    data["end"] = {"bytes": 38 * MIB, "nodes": sorted(changed), "parts": [], "answers": answers}
    return json.dumps(data).encode()


def test_the_answer_and_ten_rows_are_on_the_first_screen(browser: Any, tmp_path: Path) -> None:
    functions = [("<module>", "job.py"), *((f"step_{i}", "job.py") for i in range(14))]
    nodes = [[0, 0, 0, 0, 0], *([i, 1 + i, 3 + i, (15 - i) * MIB, 1] for i in range(15))]
    sources = {"job.py": {str(3 + i): f"step_{i}(data)" for i in range(15)}}
    page = opened(
        browser,
        tmp_path,
        profile(functions, nodes, sources),
        viewport={"width": 1280, "height": 800},
    )
    assert page.tab.locator("#card li").count() == 3
    bottoms = "all => all.map((box) => box.getBoundingClientRect().bottom)"
    details = page.tab.locator("#details").bounding_box()
    assert details and page.tab.evaluate("scrollY") == 0
    shown = [
        bottom
        for bottom in page.tab.locator("#graph .frame").evaluate_all(bottoms)
        if bottom <= min(800, details["y"])
    ]
    assert len(shown) >= 11  # with that of all
    page.close()


def test_a_call_into_a_library_opens(libraries: Page) -> None:
    """By a click: what it does inside, down to the own code that it calls back."""
    assert labels(libraries) == [
        *(
            "all 100.0 MiB",
            "main 100.0 MiB",
            "loads 50.0 MiB",
            "read_csv 40.0 MiB",
            "walk 10.0 MiB",
        ),
        *("convert 8.0 MiB", "walk 6.0 MiB", "walk 2.0 MiB"),
    ]
    call = libraries.tab.get_by_role("button", name=f"read_csv {PANDAS}")
    assert (call.get_attribute("aria-label") or "").endswith(", 1 frame inside")
    call.click()
    assert labels(libraries) == [
        "all 100.0 MiB",
        "main 100.0 MiB",
        "read_csv 40.0 MiB",
        "_read 38.0 MiB",
        "convert 8.0 MiB",
    ]
    libraries.tab.keyboard.press("Escape")
    assert "_read 38.0 MiB" not in labels(libraries)
    libraries.tab.get_by_role("button", name=f"read_csv {PANDAS}").focus()
    libraries.tab.keyboard.press("Enter")
    assert "_read 38.0 MiB" in labels(libraries)
    libraries.tab.click("#reset")
    assert "_read 38.0 MiB" not in labels(libraries) and len(labels(libraries)) == 8
    libraries.tab.click("#allocators")
    inside = libraries.tab.get_by_role("button", name=f"read_csv {PANDAS}").first
    assert (inside.get_attribute("aria-label") or "").endswith(", 1 frame inside")
    inside.click()
    assert labels(libraries)[1].startswith("read_csv")


def test_only_ones_own_code(libraries: Page) -> None:
    libraries.tab.click("#mine")
    assert labels(libraries) == [
        "all 100.0 MiB",
        "main 100.0 MiB",
        "walk 10.0 MiB",
        "convert 8.0 MiB",
        "walk 6.0 MiB",
        "walk 2.0 MiB",
    ]
    libraries.tab.get_by_role("button", name="main job.py:5").hover()
    assert "itself 82.0 MiB" in libraries.tab.inner_text("#details")


CHANGES: list[tuple[str, Any]] = [
    ("turn=allocators", lambda page: page.tab.click("#allocators")),
    ("detail=all", lambda page: page.tab.click("#all")),
    ("search=walk", lambda page: page.tab.fill("#search", "walk")),
    ("by=package", lambda page: page.tab.select_option("#by", "package")),
    ("theme=light", lambda page: page.tab.click("#theme")),
    ("zoom=", lambda page: page.tab.get_by_role("button", name="convert job.py").click()),
    ("opened=", lambda page: page.tab.get_by_role("button", name=f"read_csv {PANDAS}").click()),
]


@pytest.mark.parametrize(("word", "change"), CHANGES, ids=[word for word, _ in CHANGES])
def test_the_address_keeps_what_is_shown(
    browser: Any, tmp_path: Path, word: str, change: Any
) -> None:
    """For a reload, for a link, and for whom changes it."""
    page = opened(browser, tmp_path, LIBRARIES)
    before = labels(page)
    assert page.tab.url == page.path.as_uri()
    change(page)
    address, shown, table = (
        page.tab.evaluate("location.href"),
        labels(page),
        page.texts("#lines tbody tr"),
    )
    assert word in address
    page.tab.reload()
    assert (page.tab.url, labels(page), page.texts("#lines tbody tr")) == (address, shown, table)
    page.tab.evaluate("location.hash = ''")
    page.tab.wait_for_function(
        "document.querySelector('#reset').disabled && !document.querySelector('#search').value"
    )
    assert labels(page) == before
    page.tab.evaluate("hash => { location.hash = hash; }", address.partition("#")[2])
    page.tab.wait_for_timeout(100)
    assert labels(page) == shown
    page.context.close()


@pytest.mark.parametrize(
    "address",
    [
        "#zoom=zz/~x/&opened=..zzzz",
        "#moment=end&turn=x&by=nothing&theme=%00&split=kind",
        "#%%%&search",
    ],
)
def test_any_address_may_stand_there(browser: Any, tmp_path: Path, address: str) -> None:
    path = write(tmp_path / "index.html", LIBRARIES)
    page = Page(browser, path)
    page.tab.goto("about:blank")
    page.tab.goto(path.as_uri() + address)
    assert labels(page)[0] == "all 100.0 MiB" and page.problems == []
    assert page.texts("#lines tbody tr")[0].startswith("82.0 MiB")
    page.context.close()


def test_two_moments(browser: Any, tmp_path: Path) -> None:
    """The switch drives the headline, the card, the graph and the tables."""
    data = json.loads(at_the_end()) | {"account": [[90 * MIB, "all of it"]]}
    page = Page(browser, write_json(tmp_path / "index.html", json.dumps(data).encode()))
    assert page.tab.inner_text("h1").startswith("60.0 MiB in use at the peak")
    assert page.texts("#command .side") == ["Still in use at the end: 38.0 MiB"]
    assert page.texts("#facts dd")[0] == "0 MiB → 100.0 MiB → 38.0 MiB"
    peak = labels(page)
    page.tab.click("#end")
    assert page.tab.get_attribute("#end", "aria-pressed") == "true" and "moment=end" in page.tab.url
    assert page.tab.inner_text("h1") == "38.0 MiB still in use at the end; 78.9 % by lib/data.py:10"
    assert page.texts("#command .side") == []
    assert [" ".join(text.split())[:32] for text in page.texts("#card li")] == [
        "30.0 MiB 78.9 % lib/data.py:10 l",
        "8.0 MiB 21.1 % lib/data.py:11 lo",
    ]
    assert labels(page) == ["all 38.0 MiB", "job.py:3 30.0 MiB", "load 8.0 MiB", "load 30.0 MiB"]
    assert [row.split()[0] for row in page.texts("#lines tbody tr")] == ["30.0", "8.0"]
    page.tab.click("#allocators")
    assert labels(page) == ["all 38.0 MiB", "load 30.0 MiB", "load 8.0 MiB", "job.py:3 30.0 MiB"]
    page.tab.reload()
    assert page.tab.inner_text("h1").startswith("38.0 MiB")
    page.tab.click("#callers")
    page.tab.click("#peak")
    assert labels(page) == peak and page.tab.inner_text("#peak-mark") == "peak 100.0 MiB allocated"
    page.context.close()


def test_a_program_that_still_ran(browser: Any, tmp_path: Path) -> None:
    data = json.loads(at_the_end())
    data["end"]["now"] = True
    page = Page(browser, write_json(tmp_path / "index.html", json.dumps(data).encode()))
    assert page.texts("#command .side") == ["In use now: 38.0 MiB"]
    page.tab.get_by_role("button", name="Now").click()
    assert page.tab.inner_text("h1") == "38.0 MiB in use now; 78.9 % by lib/data.py:10"
    page.context.close()


def test_a_cut_profile_in_use(browser: Any, tmp_path: Path) -> None:
    """Both ways boxes are of what is in use, and say what more of it was never touched. Rows that
    were left out hold what is in use of the rest."""
    data = from_version_1(RICH, 4, 1)
    page = Page(browser, write_json(tmp_path / "index.html", data))
    assert page.tab.inner_text("h1").startswith("60.0 MiB in use at the peak, 4.50 s")
    assert labels(page)[0] == "all 60.0 MiB" and "load 20.0 MiB" in labels(page)
    page.tab.select_option("#by", "line")
    assert page.texts("#lines tbody tr td")[:3] == ["28.0 MiB", "46.7 %", "28.0 MiB"]
    assert page.tab.inner_text("#rest") == "and 3 more, which hold 32.0 MiB together"
    assert page.tab.inner_text("#note") == ""
    page.tab.click("#allocators")
    assert labels(page)[0] == "all 60.0 MiB" and "load 28.0 MiB" in labels(page)
    assert "never used" not in page.tab.inner_text("#note")
    boxes = page.tab.locator("#graph .frame[aria-label^='load ']")
    assert "40.0 MiB more never used" in str(boxes.first.get_attribute("aria-label"))
    page.close()


def test_two_moments_of_a_cut_profile(browser: Any, tmp_path: Path) -> None:
    """A node's total at the end says what was left out, and the inverted tree is the end's own."""
    data = json.loads(from_version_1(LIBRARIES, 5, 30))
    whole, kept = 40 * MIB, data["nodes"]
    decode = next(number for number, node in enumerate(kept) if node[3] == 50 * MIB)
    path = [decode]
    while path[-1]:
        path.append(kept[path[-1]][0])
    changed = [[number, 0, 40 * MIB if number in path else 0] for number in range(len(kept))]
    changed[decode][1] = 30 * MIB
    function = kept[decode][1]
    inverted = [[0, 0, 0, 0, 0, whole, 0], [0, function, 337, whole, 0, whole, 0]]
    end = {"bytes": whole, "nodes": changed, "parts": [], "inverted": inverted, "answers": {}}
    page = Page(
        browser, write_json(tmp_path / "index.html", json.dumps(data | {"end": end}).encode())
    )
    page.tab.click("#all")
    page.tab.click("#end")
    frames = ["all 40.0 MiB", "main 40.0 MiB", "loads 40.0 MiB", "decode 40.0 MiB"]
    assert [label for label in labels(page) if label in frames] == frames
    page.tab.click("#allocators")
    assert labels(page) == ["all 40.0 MiB", "decode 40.0 MiB"]
    page.close()


def test_there_is_no_switch_where_the_end_is_not_known(rich: Page) -> None:
    assert not rich.tab.is_visible("#moment")


def test_the_theme_button(rich: Page) -> None:
    def scheme() -> str:
        return str(rich.tab.evaluate("getComputedStyle(document.documentElement).colorScheme"))

    assert scheme() == "light dark"
    for expected in ("light", "dark", "light dark"):
        rich.tab.click("#theme")
        assert scheme() == expected


def test_help(rich: Page) -> None:
    rich.tab.keyboard.press("?")
    assert rich.tab.is_visible("#help") and "Escape" in rich.tab.inner_text("#help")
    rich.tab.keyboard.press("Escape")
    assert not rich.tab.is_visible("#help")
    rich.tab.click("#help-button")
    rich.tab.click("#help-close")
    assert not rich.tab.is_visible("#help")
    rich.tab.focus("#search")
    rich.tab.keyboard.press("?")
    assert not rich.tab.is_visible("#help") and rich.tab.input_value("#search") == "?"


def test_a_menu_closes(rich: Page) -> None:
    rich.tab.click("#more-tools summary")
    assert rich.tab.is_visible("#split")
    rich.tab.focus("#recursion")
    rich.tab.keyboard.press("Escape")
    assert (
        not rich.tab.is_visible("#split")
        and rich.tab.evaluate("document.activeElement.tagName") == "SUMMARY"
    )
    rich.tab.click("#more-tools summary")
    rich.tab.click("h1")
    assert not rich.tab.is_visible("#split")


def line_of_resident_memory(page: Page) -> list[tuple[float, float]]:
    """Where the second line begins or turns: hundredths of the strip, from the left and the top."""
    path = page.tab.locator("#strip .rss").get_attribute("d") or ""
    assert path[:1] in ("", "M") and path.count("M") <= 1
    found = re.findall(r"[ML]([\d.]+) ([\d.]+)H([\d.]+)", path)
    return [(float(x), float(y)) for start, y, end in found for x in (start, end)]


def test_resident_memory_is_a_line_where_it_is_known(rich: Page) -> None:
    """9 MiB at the start, 12 in the second second, 80 at the peak, then 85; nothing is made up
    after that. The strip is 104 MiB high."""
    expected = [(0, 9), (12.5, 9), (12.5, 12), (25, 12), (50, 80), (62.5, 80), (62.5, 85), (75, 85)]
    line = line_of_resident_memory(rich)
    assert [x for x, _ in line] == [x for x, _ in expected]
    for (_, top), (_, held) in zip(line, expected, strict=True):
        assert top == pytest.approx(100 - 100 * held / 104, abs=0.01)
    assert rich.tab.inner_text("#measured").strip() == "process memory (RSS), 90.0 MiB at most"


def test_the_strip_without_process_memory(browser: Any, tmp_path: Path) -> None:
    """No line, and no word of it; where the strip has the headline's figures it says "in use"."""
    data = json.loads(RICH) | {"resident": {}, "untouched_bytes": 0, "parts": []}
    del data["timeline"]["resident_bytes"]
    page = opened(browser, tmp_path, json.dumps(data).encode())
    assert not page.tab.is_visible("#measured") and line_of_resident_memory(page) == []
    assert page.tab.inner_text("#reading") == "100.0 MiB at 4.50 s"
    assert page.tab.inner_text("#counted") == "in use"
    assert page.tab.inner_text("#peak-mark") == "peak 100.0 MiB"


DEEP = 60


def tall(functions: list[tuple[str, str]], nodes: list[list[int]]) -> bytes:
    return profile(functions, nodes, {"job.py": {"1": "work()"}})


def in_libraries() -> bytes:
    functions = [("<module>", "job.py"), *((f"f{i}", f"{PANDAS}/a.py") for i in range(DEEP))]
    return tall(
        functions,
        [[0, 0, 0, 0, 0], *([i, 1 + i, 1, 30 * MIB * (i == DEEP), 1] for i in range(DEEP + 1))],
    )


def deep_and_tiny() -> bytes:
    functions = [("<module>", "job.py"), *((f"f{i}", "job.py") for i in range(DEEP))]
    nodes = [
        [0, 0, 0, 0, 0],
        *([i, 1 + i, 1, 30 * MIB if i == 1 else 20, 1] for i in range(DEEP + 1)),
    ]
    return tall(functions, nodes)


@pytest.mark.parametrize(
    ("data", "rows"), [(in_libraries(), 2), (deep_and_tiny(), 2)], ids=["libraries", "tiny"]
)
def test_a_notebooks_frame_is_as_high_as_what_is_in_it(
    browser: Any, tmp_path: Path, data: bytes, rows: int
) -> None:
    """However deep the stacks are that aren't drawn."""
    (tmp_path / "notebook.html").write_text(
        f"<!DOCTYPE html><body style='width:900px'>{frame('a', Snapshot(data).native)}"
    )
    page = Page(browser, tmp_path / "notebook.html")
    inner = page.tab.frame_locator("iframe")
    inner.locator("#graph .frame").first.wait_for()
    assert (
        inner.locator("#graph .frame").evaluate_all(
            "all => new Set(all.map((box) => box.style.top)).size"
        )
        == rows + 1
    )
    height, needed = inner.locator("html").evaluate(
        "root => [innerHeight, root.querySelector('#details').getBoundingClientRect().bottom]"
    )
    assert needed <= height <= needed + 90
    assert inner.locator("#graph").evaluate("graph => graph.scrollHeight <= graph.clientHeight")
    page.context.close()
