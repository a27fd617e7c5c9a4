# SPDX-License-Identifier: Apache-2.0
"""The page for everybody and everywhere, in real Chromium: accessibility, themes, a notebook's
frame, print, hostile and old profiles."""

import html
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from filprofiler.jupyter.display import as_html
from support.pages import DIFF, HOSTILE, LIBRARIES, MIB, RICH, SMALL, Page, opened, profile, write
from support.running import REPOSITORY

from filprofiler.snapshots import Snapshot

EMBEDDED = (
    '<!DOCTYPE html><style>{style}</style><iframe sandbox="allow-scripts" '
    'style="width:900px;height:520px" srcdoc="{page}"></iframe>'
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [300, 1280])
@pytest.mark.parametrize("form", ["html", "html-embed"])
@pytest.mark.parametrize("data", [RICH, DIFF], ids=["profile", "diff"])
def test_axe_finds_nothing(
    browser: Any, tmp_path: Path, data: bytes, form: str, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(
        browser, tmp_path, data, form, color_scheme=scheme, viewport={"width": width, "height": 700}
    )
    if form == "html-embed":  # the notebook's paper, which shows through
        page.tab.add_style_tag(
            content=f"html {{ background: {'#111' if scheme == 'dark' else '#fff'} }}"
        )
    page.tab.fill("#search", "load")  # found frames have colours of their own
    for tab in page.tab.locator("[role=tab]").all() or [None]:
        if tab and tab.is_visible():
            tab.click()
        found = axe.run(page.tab).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    page.close()


def test_every_control_is_reached_by_tab_and_named(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, RICH)
    reached: list[str] = []
    while not reached or reached[-1] != "files":
        page.tab.keyboard.press("Tab")
        reached.append(
            page.tab.evaluate(
                "document.activeElement.querySelector(':scope > table')?.id || "
                "document.activeElement.closest('[id]')?.id || ''"
            )
        )
    names = (
        "card theme help-button search callers allocators more-tools details strip file source "
        "by filter lines"
    )
    order = names.split()
    there = [reached.index(name) for name in order if name in reached]
    assert there == sorted(there) and len(there) >= 10
    assert "graph" in reached and reached.count("graph") == 1  # one stop, however many frames
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_can_be_given(browser: Any, tmp_path: Path, theme: str) -> None:
    path = write(tmp_path / "index.html", RICH, "html-embed")
    path.write_text(path.read_text().replace("<html ", f'<html data-theme="{theme}" '))
    page = Page(browser, path, color_scheme="dark" if theme == "light" else "light")
    assert page.tab.evaluate("getComputedStyle(document.body).color") == (
        "rgb(243, 237, 228)" if theme == "dark" else "rgb(31, 26, 21)"
    )
    assert page.tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == theme
    page.close()


def framed(browser: Any, folder: Path, data: bytes, style: str = "") -> tuple[Page, Any]:
    """The page in a frame as a notebook has it, and the frame."""
    shown = write(folder / "embedded.html", data, "html-embed").read_text()
    path = folder / "notebook.html"
    path.write_text(EMBEDDED.format(style=style, page=html.escape(shown)))
    page = Page(browser, path, color_scheme="null")
    frame = page.tab.frame_locator("iframe")
    frame.locator("#graph .frame").first.wait_for()
    page.requests = [request for request in page.requests if request != "about:srcdoc"]
    return page, frame


def test_in_a_notebooks_frame(browser: Any, tmp_path: Path) -> None:
    """One part at a time; no file, no server, no script of the notebook's; the clipboard works."""
    page, frame = framed(browser, tmp_path, RICH)
    assert frame.locator("[role=tab]").all_inner_texts() == [
        "Flame graph",
        "Over time",
        "Source",
        "Table",
        "Process memory",
        "Mapped files",
    ]
    assert frame.locator("[aria-selected=true]").all_inner_texts() == ["Flame graph"]
    assert not frame.locator("#lines").is_visible()
    frame.locator("#graph .frame", has_text="join").first.click()
    frame.get_by_role("button", name="Copy stack").click()
    assert frame.locator("#said").inner_text() == "Stack copied"
    frame.get_by_role("button", name="In the table").click()
    assert (
        frame.locator("[aria-selected=true]").all_inner_texts() == ["Table"]
        and not frame.locator("#graph").is_visible()
    )
    frame.locator("#lines .pick").first.click()
    assert frame.locator(".frame.found").count() == 1 and frame.locator("#graph").is_visible()
    assert frame.locator(".frame.found:focus").count() == 1
    frame.locator("#back").click()
    assert frame.locator("#lines .pick:focus").count() == 1
    frame.get_by_role("tab", name="Flame graph").click()
    page.tab.keyboard.press("ArrowRight")
    assert (
        frame.locator("#peak-mark").is_visible()
        and frame.locator("#peak-mark").inner_text() == "peak 100.0 MiB allocated"
    )
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_frame_follows_the_notebooks_theme(browser: Any, tmp_path: Path, scheme: str) -> None:
    """A notebook can't reach into the frame; the colour scheme of the frame's own element does."""
    page, frame = framed(browser, tmp_path, RICH, f"iframe {{ color-scheme: {scheme} }}")
    colours = "body => [getComputedStyle(body).color, getComputedStyle(body).backgroundColor]"
    ink, paper = frame.locator("body").evaluate(colours)
    assert ink == ("rgb(243, 237, 228)" if scheme == "dark" else "rgb(31, 26, 21)")
    assert paper == "rgba(0, 0, 0, 0)"  # the notebook's own shows through
    page.close()


def test_a_notebooks_frame_needs_no_scrolling_sideways_or_down(
    browser: Any, tmp_path: Path
) -> None:
    for width, height in ((900, 420), (600, 420), (300, 600)):
        page = opened(
            browser, tmp_path, SMALL, "html-embed", viewport={"width": width, "height": height}
        )
        assert page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if width == 900:
            assert page.tab.evaluate("document.documentElement.scrollHeight <= innerHeight")
        page.close()


HOSTILE_NAMES = [
    HOSTILE,
    "__proto__",
    "constructor",
    "toString",
    "<!--<script>",
    "]]>&amp;&#x27;\"'`${1}",
    "\u202eevil\u0007",
    "a" * 5000,
    "",
    "package:x",
]


def test_anything_may_stand_in_names(browser: Any, tmp_path: Path) -> None:
    functions = [(name, name) for name in HOSTILE_NAMES]
    nodes = [[0, 0, 0, 0, 0]] + [
        [index, 1 + index, 1 + index, MIB * (1 + index), 1] for index in range(len(functions))
    ]
    data = json.loads(
        profile(
            functions,
            nodes,
            {name: {str(1 + index): name[:200]} for index, name in enumerate(HOSTILE_NAMES)},
        )
    )
    data |= {
        "command": HOSTILE_NAMES,
        "reason": HOSTILE,
        "threads": HOSTILE_NAMES,
        "kinds": HOSTILE_NAMES,
        "python": HOSTILE,
    }
    data["parts"] = [[1 + i, i, i % 4, MIB, 0] for i in range(len(functions))]
    page = opened(
        browser, tmp_path, json.dumps(data).encode(), viewport={"width": 1280, "height": 800}
    )
    assert page.tab.locator("img, main script").count() == 0
    assert page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for by in ("function", "file", "package"):
        page.tab.select_option("#by", by)
        page.tab.locator("#lines .pick").first.click()
    for split in ("thread", "kind", ""):
        page.tab.click("#more-tools summary")
        page.tab.select_option("#split", split)
        page.tab.locator("#graph .frame").last.click()
    for index in range(page.tab.locator("#file option").count()):
        page.tab.select_option("#file", index=index)
    assert page.tab.evaluate(
        "({}).polluted === undefined && Object.keys(Object.prototype).length === 0"
    )
    page.close()


@pytest.mark.parametrize(
    "missing",
    [
        ("nodes", "peak_bytes", "functions"),
        ("sources",),
        ("command", "python"),
        ("started", "seconds", "timeline"),
        ("resident",),
    ],
)
def test_absent_members_are_fine(browser: Any, tmp_path: Path, missing: tuple[str, ...]) -> None:
    path = write(tmp_path / "index.html", RICH)
    head, _, rest = path.read_text().partition('id="profile">')
    shown, _, tail = rest.partition("</script>")
    data = {key: value for key, value in json.loads(shown).items() if key not in missing}
    path.write_text(
        head + 'id="profile">' + json.dumps(data).replace("<", "\\u003c") + "</script>" + tail
    )
    page = Page(browser, path)
    assert page.names()[0] == "all"
    page.close()


def test_the_script_is_the_only_one_that_may_run(browser: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "index.html", SMALL)
    path.write_text(
        path.read_text().replace(
            "</main>",
            "</main><script>document.title = 'broken in'</script><img src='http://x.test/'>",
        )
    )
    page = Page(browser, path)
    assert page.tab.title() == "Peak Memory (100.0 MiB)"
    assert len(page.problems) == 2 and all(
        "Content Security Policy" in problem for problem in page.problems
    )
    page.context.close()


def test_print(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, LIBRARIES)
    page.tab.emulate_media(media="print")
    assert (
        not page.tab.is_visible("#search")
        and page.tab.is_visible("#graph")
        and page.tab.is_visible("#lines")
    )
    assert (
        page.tab.evaluate("getComputedStyle(document.querySelector('#graph')).maxHeight") == "none"
    )
    assert len(page.tab.pdf()) > 10_000
    page.close()


@pytest.mark.parametrize("requested", [{}, {"requested_bytes": 9 << 30}])
def test_out_of_memory(browser: Any, tmp_path: Path, requested: dict[str, int]) -> None:
    data = json.dumps(
        json.loads(SMALL)
        | {"kind": "out-of-memory", "reason": "a request of 9 GiB failed"}
        | requested
    ).encode()
    page = opened(browser, tmp_path, data)
    assert (
        page.tab.inner_text("h1")
        == "100.0 MiB held at that time"
        + (", with the refused request" if requested else "")
        + "; 68.0 % by lib/data.py:10"
    )
    assert page.tab.inner_text("#reason") == "a request of 9 GiB failed"
    page.close()


def test_form_of_the_scripts() -> None:
    """Each a closure of its own over the one shared object, strict, and short."""
    scripts = [
        path for path in sorted((REPOSITORY / "report/web").glob("*.js")) if path.stem != "svg"
    ]
    for path in scripts:
        lines = path.read_text().splitlines()
        assert lines[0].startswith("// ") and len(lines) <= 400, path
        code = [line for line in lines if line and not line.startswith("//")]
        assert (
            code[0] == "(function (fil) {"
            and code[1] == '  "use strict";'
            and code[-1] == "})((globalThis.fil ??= {}));"
        ), path
    listed = re.findall(r"'web/([a-z]+\.js)'", (REPOSITORY / "report/meson.build").read_text())
    assert sorted(listed) == sorted([path.name for path in scripts] + ["svg.js"])


def test_the_assets_stay_small(tmp_path: Path) -> None:
    page = write(tmp_path / "index.html", SMALL).read_text()
    styles, script = (
        page.split("<style>")[1].split("</style>")[0],
        page.rpartition("<script>")[2].split("</script>")[0],
    )
    assert len((styles + script).encode()) < 81_000


def test_a_notebooks_output_stays_below_300_kb(tmp_path: Path) -> None:
    """Whatever the cell did: quotes in names take six times their room there."""
    for count in (500, 900, 1300, 1900):
        functions = [(f"f{index}" + "\"'" * 20, f"m{index}.py") for index in range(count)]
        nodes = [[0, 0, 0, 0, 0]] + [
            [0, 1 + index, 1, 1000 + index % 900, 1] for index in range(count)
        ]
        data = profile(
            functions, nodes, {f"m{index}.py": {"1": "a['b']"} for index in range(count)}
        )
        assert len(as_html(Snapshot(data))) < 300_000


def many(count: int) -> tuple[list[tuple[str, str]], list[list[int]]]:
    chance = random.Random(1)
    nodes = [[0, 0, 0, 0, 0]]
    for index in range(1, count + 1):
        nodes.append(
            [
                max(0, index - chance.randint(1, 40)) if index % 7 else 0,
                chance.randint(1, 500),
                index,
                chance.randint(1, 9000),
                1,
            ]
        )
    return [(f"f{i}", f"lib/m{i % 50}.py") for i in range(500)], nodes


def test_fifty_thousand_changes(browser: Any, tmp_path: Path) -> None:
    """A diff may come with all of its stacks: no more boxes than can be seen."""
    functions, nodes = many(50_000)
    data = json.loads(profile(functions, nodes, {}))
    totals = [node[3] for node in nodes]
    for index in range(len(nodes) - 1, 0, -1):
        totals[nodes[index][0]] += totals[index]
    old = {"peak_bytes": totals[0] // 2}
    data |= {"kind": "diff", "nodes": [[*node, node[3] // 2] for node in nodes]}
    data |= {"old": old, "new": {"peak_bytes": totals[0]}}
    page = opened(browser, tmp_path, json.dumps(data).encode())
    frames = page.tab.locator("#graph .frame:not(.rest)")
    assert 10 < frames.count() <= 4001
    assert page.tab.locator("#graph .frame.rest").count() > 0
    page.tab.click("#allocators")
    page.tab.fill("#search", "f7")
    assert frames.count() <= 4001
    page.close()
