# SPDX-License-Identifier: Apache-2.0
"""The flamegraph in real Chromium: leaving frames out, splitting, walking by keyboard, copying."""

from pathlib import Path
from typing import Any

from support.pages import (
    LIBRARIES,
    MIB,
    RICH,
    SMALL,
    Page,
    opened,
    page_fixture,
    profile,
    write_json,
)
from support.profiletwinjson import from_version_1

libraries = page_fixture(LIBRARIES)
rich = page_fixture(RICH)


def sizes(page: Page) -> dict[str, str]:
    """Each drawn frame's name and what its label says that it holds; of equal names the
    outermost."""
    labels = page.tab.locator("#graph .frame").evaluate_all(
        "all => all.map((box) => box.getAttribute('aria-label')).reverse()"
    )
    return {label.split(",")[0].split(" ")[0]: label.split(", ")[1] for label in labels}


def test_library_internals_become_the_call_into_the_library(libraries: Page) -> None:
    assert sizes(libraries) == {
        "all": "100.0 MiB", "main": "100.0 MiB", "loads": "50.0 MiB", "read_csv": "40.0 MiB",
        "convert": "8.0 MiB", "walk": "10.0 MiB",
    }  # fmt: skip
    libraries.tab.get_by_role("button", name="read_csv /opt").hover()
    assert "itself 32.0 MiB" in libraries.tab.inner_text("#details")
    libraries.tab.click("#all")
    assert sizes(libraries)["_read"] == "38.0 MiB" and "decode" in sizes(libraries)


def test_recursion_becomes_one_frame(libraries: Page) -> None:
    libraries.tab.click("#all")
    walks = libraries.tab.get_by_role("button", name="walk tree.py")
    assert walks.count() == 3
    libraries.tab.click("#more-tools summary")
    libraries.tab.click("#recursion")
    assert walks.count() == 1
    assert sizes(libraries)["walk"] == "10.0 MiB"


def test_tools_are_there_only_where_they_do_something(
    browser: Any, tmp_path: Path, libraries: Page
) -> None:
    libraries.tab.click("#more-tools summary")
    assert libraries.tab.is_disabled("#split") and libraries.tab.is_enabled("#recursion")
    (tmp_path / "plain").mkdir()
    page = opened(
        browser,
        tmp_path / "plain",
        profile([("f", "a.py")], [[0, 0, 0, 0, 0], [0, 1, 1, MIB, 1]], {}),
    )
    assert not page.tab.is_visible("#detail") and page.tab.is_visible("#search")
    page.tab.click("#more-tools summary")
    assert page.tab.is_disabled("#recursion")
    page.close()


def test_split_by_thread_and_by_kind(rich: Page) -> None:
    rich.tab.click("#more-tools summary")
    rich.tab.select_option("#split", "thread")
    assert sizes(rich)["MainThread"] == "30.0 MiB" and sizes(rich)["loader"] == "30.0 MiB"
    assert rich.names().count("job.py:3") == 2
    rich.tab.select_option("#split", "kind")
    assert sizes(rich)["heap"] == "30.0 MiB" and sizes(rich)["anonymous"] == "30.0 MiB"
    rich.tab.click("#allocators")
    assert rich.names()[:3] == ["all", "heap", "anonymous"]
    rich.tab.click("#more-tools summary")
    rich.tab.select_option("#split", "")
    assert rich.names()[:3] == ["all", "join", "load"]


def test_the_keyboard_walks_the_frames(rich: Page) -> None:
    def here() -> str:
        return str(rich.tab.evaluate("document.activeElement.getAttribute('aria-label')"))

    assert rich.tab.locator('#graph [tabindex="0"]').count() == 1
    rich.tab.locator('#graph [tabindex="0"]').focus()
    assert here().startswith("all, 60.0 MiB")
    for key, name in (
        ("ArrowDown", "job.py:3"), ("ArrowDown", "join"), ("ArrowRight", "load"),
         ("ArrowLeft", "join"),
        ("ArrowLeft", "join"), ("ArrowDown", "load"), ("ArrowUp", "join"), ("Home", "all"),
    ):  # fmt: skip
        rich.tab.keyboard.press(key)
        assert here().startswith(name)
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        rich.tab.keyboard.press(key)
    assert here().startswith("join") and rich.names() == ["all", "job.py:3", "join", "load"]
    assert "anonymous mapping 30.0 MiB" in rich.tab.inner_text("#details")
    rich.tab.keyboard.press("Escape")
    assert here().startswith("join") and len(rich.names()) == 6


def pasted(page: Page) -> str:
    page.tab.fill("#search", "")
    page.tab.evaluate(
        "document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))"
    )
    page.tab.focus("#paste")
    page.tab.keyboard.press("Control+v")
    text = str(page.tab.evaluate("document.querySelector('#paste').value"))
    page.tab.evaluate("document.querySelector('#paste').remove()")
    return text


def test_copy_stack_and_path(rich: Page) -> None:
    rich.frame("join").click()
    rich.tab.get_by_role("button", name="Copy path").click()
    assert rich.tab.inner_text("#said") == "Path copied"
    assert pasted(rich) == "lib/data.py:20"
    rich.tab.click("#allocators")
    rich.tab.locator("#graph .frame", has_text="join").first.click()
    rich.tab.locator("#graph .frame", has_text="job.py:3").first.focus()
    rich.tab.keyboard.press("c")
    assert pasted(rich) == "job.py:3 (<module>)\nlib/data.py:20 (join)\n30.0 MiB · 50.0 %"


def test_nested_matches_count_once(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, LIBRARIES)
    page.tab.fill("#search", "walk")
    assert page.tab.inner_text("#matched") == "3 matches: 10.0 MiB, 10.0 %"
    page.tab.fill("#search", "package:pandas")
    assert page.tab.inner_text("#matched") == "2 matches: 40.0 MiB, 40.0 %"
    page.tab.fill("#search", "no such thing")
    assert page.tab.inner_text("#matched") == "No match"
    page.close()


def grey(page: Page) -> Any:
    return page.tab.locator("#graph .frame.rest")


def test_what_is_too_small_is_one_grey_box(browser: Any, tmp_path: Path) -> None:
    """A thousand stacks of 0.02 % each: one box, which doesn't open, for they would all be too
    small again."""
    nodes = [[0, 0, 0, 0, 0], [0, 1, 1, 8 * MIB, 1]]
    nodes += [[1, 2, 1 + i, 2 * MIB // 1000, 1] for i in range(1000)]
    data = profile([("<module>", "job.py"), ("small", "job.py")], nodes, {})
    page = opened(browser, tmp_path, data)
    assert grey(page).get_attribute("aria-label") == "1,000 smaller, 2.0 MiB, 20.0 %"
    assert grey(page).get_attribute("role") == "img"
    assert page.texts("#legend span") == ["own code", "too small to draw"]
    grey(page).hover()
    assert (grey(page).get_attribute("title") or "").endswith("\n2,097,000 bytes")
    grey(page).click()
    assert page.names() == ["all", "job.py:1", "1,000"]
    page.tab.fill("#search", "job.py:77")
    assert grey(page).get_attribute("class").split()[-1] == "found"
    page.tab.fill("#search", "job.py:7777")
    assert page.tab.locator(".found").count() == 0
    page.close()


def test_a_grey_box_opens(browser: Any, tmp_path: Path) -> None:
    """Where what is in it becomes wide enough, by mouse and by keyboard."""
    nodes = [[0, 0, 0, 0, 0], [0, 1, 1, 8 * MIB, 1], [1, 2, 900, 40 * MIB, 1]]
    nodes += [[1, 2, 1 + i, 8192, 1] for i in range(20)]
    data = profile([("<module>", "job.py"), ("thin", "job.py")], nodes, {})
    page = opened(browser, tmp_path, data, viewport={"width": 600, "height": 600})
    assert page.names() == ["all", "job.py:1", "thin"] and grey(page).count() == 1
    page.tab.locator('#graph [tabindex="0"]').focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        page.tab.keyboard.press(key)
    assert page.names()[:3] == ["all", "job.py:1", "20"]
    thin = page.tab.locator('#graph .frame[aria-label^="thin"]')
    assert thin.count() == 20 and grey(page).count() == 1
    thin.nth(3).click()
    assert page.names() == ["all", "job.py:1", "thin"]
    assert "8,192 bytes" in page.tab.inner_text("#details")
    for _ in range(2):
        page.tab.click("#back")
    assert page.names() == ["all", "job.py:1", "thin"]
    page.close()


def test_a_cut_profile_says_what_it_has_not(browser: Any, tmp_path: Path) -> None:
    """Its graph from the allocation is of all of the recording; there is no tool that it can't
    answer exactly."""
    page = Page(browser, write_json(tmp_path / "index.html", from_version_1(LIBRARIES, 5, 3)))
    assert page.tab.inner_text("#note") == "" and page.tab.is_visible("#detail")
    page.tab.click("#all")
    assert grey(page).count() == 2
    page.tab.click("#allocators")
    assert not page.tab.is_visible("#detail") and "whole recording" in page.tab.inner_text("#note")
    assert page.names()[1] == "decode"
    page.tab.click("#callers")
    assert page.tab.is_visible("#detail") and page.tab.inner_text("#note") == ""
    page.tab.select_option("#by", "package")
    assert not page.tab.is_visible("#rest")
    page.tab.select_option("#by", "line")
    assert page.tab.inner_text("#rest") == "and 5 more, which hold 12.0 MiB together"
    page.close()


def test_a_deep_stack(browser: Any, tmp_path: Path) -> None:
    nodes = [[0, 0, 0, 0, 0]] + [[i, 1, 7, 1000, 1] for i in range(3000)]
    page = opened(browser, tmp_path, profile([("walk", "tree.py")], nodes, {}))
    assert page.tab.locator("#graph .frame").count() > 500
    page.tab.click("#more-tools summary")
    page.tab.click("#recursion")
    assert page.names() == ["all", "walk"]
    page.close()


def test_colours_tell_whose_code_it_is(libraries: Page) -> None:
    kinds = libraries.tab.locator("#graph .frame").evaluate_all(
        "all => all.map((box) => box.className.split(' ')[1])"
    )
    assert set(kinds) == {"root", "own", "lib", "std"}
    assert libraries.texts("#legend span") == ["own code", "libraries", "Python's own"]


def test_frames_are_text(browser: Any, tmp_path: Path) -> None:
    """They can be found and selected, and a selection isn't a click."""
    page = opened(browser, tmp_path, SMALL)
    box = page.frame("join").locator("b").bounding_box()
    assert box
    page.tab.mouse.move(box["x"], box["y"] + 5)
    page.tab.mouse.down()
    page.tab.mouse.move(box["x"] + box["width"], box["y"] + 5, steps=4)
    page.tab.mouse.up()
    assert page.tab.evaluate("String(getSelection())").strip() == "join"
    assert len(page.names()) == 5
    page.close()
