# SPDX-License-Identifier: Apache-2.0
"""The table of lines, the source view and the strip of live memory, in real Chromium."""

from pathlib import Path
from typing import Any

from support.pages import HOSTILE, LIBRARIES, MIB, RICH, Page, opened, page_fixture, profile

libraries = page_fixture(LIBRARIES)
rich = page_fixture(RICH)


def picks(page: Page) -> list[str]:
    return page.texts("#lines tbody .pick")


def test_by_line_function_file_and_package(libraries: Page) -> None:
    libraries.tab.select_option("#by", "line")
    assert picks(libraries)[:2] == ["decode", "_read"]
    libraries.tab.select_option("#by", "function")
    rows = libraries.texts("#lines tbody tr")
    walk = next(row for row in rows if "walk" in row).split()
    assert walk[:7] == ["10.0", "MiB", "10.0", "%", "10.0", "MiB", "3"]  # recursion counts once
    libraries.tab.select_option("#by", "file")
    assert (
        "tree.py" in picks(libraries)
        and libraries.tab.inner_text("#lines th:last-child").strip() == "File"
    )
    libraries.tab.select_option("#by", "package")
    assert picks(libraries) == ["standard library", "pandas", "own code"]
    assert "40.0 MiB" in libraries.texts("#lines tbody tr")[1]
    libraries.tab.locator("#lines .pick", has_text="pandas").click()
    assert libraries.tab.input_value("#search") == "package:pandas"
    assert libraries.tab.locator(".frame.found").count() == 1  # the call into it
    libraries.tab.click("#all")
    assert libraries.tab.locator(".frame.found").count() == 2


def test_by_line_of_own_code(libraries: Page) -> None:
    """What comes first: what libraries hold counts for the line of the user's that called them."""
    assert libraries.tab.input_value("#by") == "own"
    assert sorted(picks(libraries)) == ["convert", "main", "walk", "walk"]
    assert libraries.texts("#lines tbody tr")[0].split()[:4] == ["82.0", "MiB", "82.0", "%"]


def test_sorting(libraries: Page) -> None:
    libraries.tab.select_option("#by", "line")
    heading = libraries.tab.locator("#lines th")
    assert heading.nth(0).get_attribute("aria-sort") == "descending"
    libraries.tab.get_by_role("button", name="Allocations").click()
    assert (
        picks(libraries)[0] == "decode"
        and heading.nth(3).get_attribute("aria-sort") == "descending"
    )
    libraries.tab.keyboard.press("Enter")
    assert (
        heading.nth(3).get_attribute("aria-sort") == "ascending"
        and picks(libraries)[-1] == "decode"
    )
    libraries.tab.get_by_role("button", name="Total").click()
    assert picks(libraries)[0] == "main"


def test_filter(libraries: Page) -> None:
    libraries.tab.fill("#filter", "tree.py")
    assert picks(libraries) == ["walk", "walk"]
    libraries.tab.fill("#filter", "nothing of the sort")
    assert picks(libraries) == [] and libraries.tab.is_visible("#none")
    libraries.tab.fill("#filter", "FLOAT(")
    assert picks(libraries) == ["convert"]


def test_many_lines_come_in_portions(browser: Any, tmp_path: Path) -> None:
    nodes = [[0, 0, 0, 0, 0]] + [[0, 1, 1 + i, MIB, 1] for i in range(300)]
    page = opened(browser, tmp_path, profile([("f", "a.py")], nodes, {}))
    assert page.tab.locator("#lines tbody tr").count() == 20
    assert page.tab.inner_text("#more") == "Show 200 more of 300"
    page.tab.click("#more")
    page.tab.click("#more")
    assert page.tab.locator("#lines tbody tr").count() == 300 and not page.tab.is_visible("#more")
    page.close()


def test_from_the_table_to_the_graph_and_back(rich: Page) -> None:
    rich.frame("join").click()
    rich.tab.locator("#lines tbody .pick").first.click()
    assert rich.tab.input_value("#search") == "lib/data.py:20" and len(rich.names()) == 6
    assert rich.tab.locator(".frame.found").count() == 1
    assert rich.tab.evaluate("document.activeElement.classList.contains('found')")
    rich.tab.click("#back")
    assert rich.tab.input_value("#search") == "" and rich.names() == [
        "all",
        "job.py:3",
        "join",
        "load",
    ]
    assert rich.tab.evaluate("document.activeElement.closest('table').id") == "lines"


def test_from_the_graph_to_the_table_and_the_source(rich: Page) -> None:
    rich.frame("join").click()
    rich.tab.get_by_role("button", name="In the table").click()
    assert picks(rich) == ["join"] and rich.tab.input_value("#filter") == "lib/data.py:20"
    rich.tab.get_by_role("button", name="In the source").click()
    assert rich.tab.input_value("#file") == "lib/data.py"
    assert "merged = left.merge(right)" in rich.tab.inner_text("#source tr.here")


def test_the_source_of_the_users_files(libraries: Page) -> None:
    assert libraries.tab.locator("#file option").all_inner_texts() == [
        "job.py"
    ]  # of the others no line is known, or they are a library's
    rows = libraries.texts("#source tbody tr")
    assert [row.split() for row in rows] == [
        ["⋯", "4", "lines"],
        ["100.0", "MiB", "5", "frame", "=", "pandas.read_csv(path,", "converters=convert)"],
        ["⋯", "3", "lines"],
        ["8.0", "MiB", "8.0", "MiB", "9", "return", "float(text)"],
    ]
    libraries.tab.get_by_role("button", name="return float(text)").click()
    assert libraries.tab.input_value("#search") == "job.py:9"
    assert libraries.tab.locator(".frame.found").count() == 1


def test_the_strip_of_live_memory(rich: Page) -> None:
    assert rich.tab.inner_text("#peak-mark") == "peak 100.0 MiB allocated"
    assert rich.tab.inner_text("#counted") == (
        "allocated; at the peak 40.0 MiB of it was never used"
    )
    assert (
        rich.tab.evaluate("document.querySelector('#peak-mark').style.left") == "56.25%"
    )  # the middle of the fifth second
    assert rich.tab.inner_text("#reading") == "100.0 MiB at 4.50 s; process memory 80.0 MiB"
    assert rich.texts(".tick") == [f"{second} s" for second in range(9)]
    assert rich.texts(".level") == ["0 MiB", "50 MiB", "100 MiB"]
    strip = rich.tab.locator("#strip")
    strip.focus()
    rich.tab.keyboard.press("ArrowRight")
    assert strip.get_attribute("aria-valuetext") == ("70.0 MiB at 5.50 s; process memory 85.0 MiB")
    rich.tab.keyboard.press("Home")
    assert rich.tab.inner_text("#reading") == "10.0 MiB at 0.50 s; process memory 9.0 MiB"
    box = strip.bounding_box()
    assert box
    rich.tab.mouse.move(box["x"] + box["width"] * 0.99, box["y"] + 20)
    assert rich.tab.inner_text("#reading") == (
        "25.0 MiB at 7.50 s; process memory 85.0 MiB (read at 5.50 s)"
    )


def test_how_much(rich: Page) -> None:
    headline = rich.tab.inner_text("h1")
    assert headline.startswith(
        "60.0 MiB in use at the peak, 4.50 s after the start; 50.0 % by lib/data.py:20 "
    )
    assert headline.endswith(" 40.0 MiB more was allocated but never used")
    facts = dict(zip(rich.texts("#facts dt"), rich.texts("#facts dd"), strict=True))
    assert facts == {
        "Allocated, used or not: start → peak → end": "0 MiB → 100.0 MiB → 25.0 MiB",
        "Process memory: start → peak": "9.0 MiB → 80.0 MiB",
    }
    about = (
        "python job.py · Python 3.11.7 · recorded for 8.00 s · process memory (RSS) at most "
        "90.0 MiB"
    )
    assert rich.tab.inner_text("#command") == about


def test_the_three_lines_that_hold_the_most(rich: Page) -> None:
    """With their code; what was never touched ranks last. A click goes to the graph and the
    source."""
    lines = [" ".join(text.split()) for text in rich.texts("#card li")]
    assert lines == [
        "30.0 MiB 50.0 % lib/data.py:20 join merged = left.merge(right)",
        "28.0 MiB 46.7 % lib/data.py:10 load rows = numpy.ones(n) 40.0 MiB more never used",
        f"2.0 MiB 3.3 % odd.py:1 {HOSTILE} {HOSTILE}",
    ]
    rich.tab.locator("#card .pick").nth(1).click()
    assert rich.tab.input_value("#search") == "lib/data.py:10"
    assert rich.tab.locator(".frame.found").count() == 2
    assert rich.tab.input_value("#file") == "lib/data.py"
    assert "rows = numpy.ones(n)" in rich.tab.inner_text("#source tr.here")
    rich.tab.click("#back")
    assert rich.tab.locator("#card .pick:focus").count() == 1


def test_imports_are_one_line_of_the_card(browser: Any, tmp_path: Path) -> None:
    """However many there are, and however much they brought."""
    frozen = "<frozen importlib._bootstrap>"
    functions = [("<module>", "job.py"), ("_find_and_load", frozen)]
    functions += [("<module>", f"/opt/lib/python3.12/site-packages/p{i}.py") for i in range(5)]
    nodes = [[0, 0, 0, 0, 0], [0, 1, 9, 4 * MIB, 1]]
    for i in range(5):
        at = len(nodes)
        nodes += [[0, 1, 1 + i, 0, 0], [at, 2, 1, 0, 0], [at + 1, 3 + i, 1, (9 - i) * MIB, 1]]
    page = opened(browser, tmp_path, profile(functions, nodes, {"job.py": {"9": "data = read()"}}))
    lines = [" ".join(text.split()) for text in page.texts("#card li")]
    assert lines == [
        "4.0 MiB 10.3 % job.py:9 data = read()",
        "35.0 MiB 89.7 % imports p0 9.0 MiB, p1 8.0 MiB, p2 7.0 MiB, 2 more",
    ]
    page.tab.locator("#card .pick").nth(1).click()
    assert page.tab.inner_text("#matched") == "5 matches: 35.0 MiB, 89.7 %"
    page.close()
