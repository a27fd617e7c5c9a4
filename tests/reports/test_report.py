# SPDX-License-Identifier: Apache-2.0
"""The writers, driven with made-up profiles."""

import json
import xml.etree.ElementTree
from html.parser import HTMLParser

import pytest
from support.profiles import profile, profile_in

from filprofiler import _filext

HOSTILE = "a;b\n]]><script>alert(1)</script>&\x01\x7f\"'{{profile}}\u2028\U0001f525\ufffe.py"

SIMPLE = profile(
    [("<module>", "a.py"), ("f", "a.py")],
    [[0, 0, 0, 1000, 1], [0, 1, 7, 0, 0], [1, 2, 3, 50_000_096, 1], [1, 2, 4, 1, 1]],
)


def test_folded() -> None:
    assert _filext.render(SIMPLE, "prof") == (
        b"a.py:7 (<module>);a.py:3 (f) 50000096\n[No Python stack] 1000\n[frames left out] 1\n"
    )


def test_folded_holds_99_percent_and_the_rest_as_one() -> None:
    nodes = [[0, 0, 0, 5, 1]] + [[0, 1, line, 100 + line, 1] for line in range(1, 5000)]
    text = _filext.render(profile([("f", "a.py")], nodes), "prof").decode()
    written = [int(line.rpartition(" ")[2]) for line in text.splitlines()]
    shown, whole = written[:-2], sum(node[3] for node in nodes)
    assert shown == sorted(shown, reverse=True)
    assert sum(shown) >= 0.99 * whole > sum(shown[:-1])
    rest = whole - 5 - sum(shown)
    assert text.splitlines()[-2:] == ["[No Python stack] 5", f"[frames left out] {rest}"]


@pytest.mark.parametrize("stackless", [0, 1, 500, 10**6, 10**9])
@pytest.mark.parametrize("short", [True, False])
def test_memory_without_a_stack_has_its_name(stackless: int, short: bool) -> None:
    """However much it is, and where the text is shortened: as in the table and in the JSON. What
    is left out stands in one line."""
    frames = 3 if short else 40
    functions = [("f" * 30, f"{'a' * 30}{n}.py") for n in range(200)]
    nodes = [[0, 0, 0, stackless, 1]]
    for stack in range(4000):
        for frame in range(frames):
            nodes.append([len(nodes) - 1 if frame else 0, 1 + (stack + frame) % 200, stack, 0, 0])
        nodes[-1][3] = 1000 + stack
    data = profile(functions, nodes)
    lines = _filext.render(data, "prof").decode().splitlines()
    found: dict[str, list[int]] = {}
    for line in lines:
        stack_text, _, size = line.rpartition(" ")
        found.setdefault(stack_text, []).append(int(size))
    assert found.get("[No Python stack]", []) == ([stackless] if stackless else [])
    assert len(found.get("[frames left out]", [])) <= 1
    assert sum(sum(sizes) for sizes in found.values()) == sum(node[3] for node in nodes)
    rows = json.loads(_filext.render(data, "json"))["answers"]["own"]["rows"]
    assert [row[2] for row in rows if row[0] == 0] == ([stackless] if stackless else [])


def test_folded_leaves_the_middle_of_deep_stacks_out() -> None:
    """20,000 stacks up to 20,000 deep, of which the largest is written whole: what holds 99 %
    stays, and the text stays small."""
    nodes = [[0, 0, 0, 0, 0]] + [[i, 1, 1 + i % 3, 100, 1] for i in range(20_000)]
    nodes[-1][3] = 10**6
    text = _filext.render(profile([("f", "a.py")], nodes), "prof").decode()
    *lines, last = text.splitlines()
    written, whole = sum(int(line.rpartition(" ")[2]) for line in lines), sum(n[3] for n in nodes)
    assert len(text) < 100_000_000
    assert written >= 0.99 * whole and last == f"[frames left out] {whole - written}"
    assert lines[0].count(";") == 19_999 and lines[0].endswith(" 1000000")
    middles = [line for line in lines if "[frames left out]" in line]
    assert all(line.count(";") == 200 for line in middles)
    assert (
        len(middles) <= 3 + 200
    )  # three turns of lines, and stacks just over 200 deep, whose ends overlap


def test_svg() -> None:
    text = _filext.render(SIMPLE, "svg").decode()
    assert "<title>Peak Memory (47.7 MiB)</title>" in text
    assert "<title>a.py:3 (f) (50,000,096 bytes, 100.00%)\n47.7 MiB</title>" in text
    assert "Memory, Reversed (47.7 MiB)" in _filext.render(SIMPLE, "svg-reversed").decode()
    assert (
        "Memory When It Ran Out ("
        in _filext.render(SIMPLE.replace(b'"peak"', b'"out-of-memory"'), "svg").decode()
    )


@pytest.mark.parametrize("name", [HOSTILE, "x" * 10_000, ""])
def test_hostile_names(name: str) -> None:
    hostile = profile(
        [(name, name)],
        [[0, 0, 0, 0, 0], [0, 1, 3, 100, 1]],
        command=[name],
        sources={name: {"3": name}} if name else {},
    )
    for kind in ("svg", "svg-reversed"):
        xml.etree.ElementTree.fromstring(_filext.render(hostile, kind))
    folded = _filext.render(hostile, "prof").decode()
    assert len(folded.splitlines()) == 1 and ";" not in folded
    assert json.loads(_filext.render(hostile, "json"))["functions"][1][0] == name
    page = _filext.render(hostile, "html").decode()
    assert page.count("</script>") == 2  # the profile's element and the script's
    assert profile_in(page)["command"] == [name]


def test_json_round_trip() -> None:
    once = _filext.render(SIMPLE, "json")
    assert _filext.render(once, "json") == once
    assert json.loads(once)["nodes"] == json.loads(SIMPLE)["nodes"]


def test_page_is_self_contained() -> None:
    page = _filext.render(SIMPLE, "html").decode()
    loaded: list[str] = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            loaded.extend(value or "" for name, value in attributes if name in ("src", "href"))

    Finder().feed(page)
    assert loaded == [] and "Content-Security-Policy" in page
    assert (
        len(page) < 90_000
    )  # script and styles, of which there are at most 80 KB, with the page around them


def test_notebook_output_stays_small() -> None:
    nodes = [[0, 0, 0, 0, 0]] + [[0, 1 + i % 3000, 1 + i, 1000, 1] for i in range(20_000)]
    many = profile(
        [(f"function_{i}", f"/a/long/path/to/module_{i}.py") for i in range(3000)], nodes
    )
    assert len(_filext.render(many, "html-embed")) < 220_000


def test_the_page_has_the_largest_mapped_files_and_their_stacks() -> None:
    nodes = [[0, 0, 0, 10**9, 1]] + [[0, 1, 1 + i, 1, 1] for i in range(300)]
    files = [
        {"path": f"{i}.bin", "node": 1 + i, "mapped_bytes": 1000 + i, "resident_bytes": 0}
        for i in range(300)
    ]
    page = _filext.render(profile([("f", "a.py")], nodes, files=files), "html").decode()
    shown = profile_in(page)
    assert [file["path"] for file in shown["files"]] == [f"{i}.bin" for i in range(299, 199, -1)]
    assert [shown["nodes"][file["node"]][2] for file in shown["files"]] == list(range(300, 200, -1))


def test_deep_and_wide() -> None:
    deep = [[0, 0, 0, 0, 0]] + [[i, 1, 1 + i, 0, 0] for i in range(20_000)]
    deep[-1][3] = 100
    wide = [[0, 0, 0, 0, 0]] + [[0, 1, 1 + i, 10, 1] for i in range(200_000)]
    for nodes in (deep, wide):
        for kind in ("prof", "svg", "json", "html"):
            assert _filext.render(profile([("f", "a.py")], nodes), kind)


def test_damaged_profiles_are_refused() -> None:
    damaged = [
        SIMPLE[: len(SIMPLE) // 2],
        SIMPLE.replace(b"[1, 2, 3,", b"[9, 2, 3,"),
        SIMPLE.replace(b"[1, 2, 3,", b"[1, 77, 3,"),
        SIMPLE.replace(b"50000096", b"-1"),
        SIMPLE.replace(b"50000096", b'"x"'),
        SIMPLE.replace(b"50000096", b"1e400"),
        SIMPLE.replace(b'"nodes"', b'"nods"'),
        b"[" * 100_000,
    ]
    for text in damaged:
        with pytest.raises(ValueError, match="not a profile"):
            _filext.render(text, "html")
    with pytest.raises(ValueError, match="unknown format"):
        _filext.render(SIMPLE, "pdf")
