# SPDX-License-Identifier: Apache-2.0
"""The answers of a profile, in all places that show them, against the readable twin: random trees,
to the byte."""

import csv
import io
import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.profiletwin import (
    FIELDS,
    IMPORT,
    PLACES,
    End,
    Frame,
    Nodes,
    Tree,
    answers,
    boxes,
    clean,
    difference,
    in_use,
    own_at_end,
    seen_at_end,
)
from support.profiletwinjson import from_version_1
from support.trees import FUNCTIONS, PANDAS, THREADS, profile, trees

from filprofiler import Snapshot, _filext
from filprofiler.calltree import call_tree
from filprofiler.exportformats import WRITERS
from filprofiler.tables import rows


def key_of(snapshot: Snapshot, by: str, row: tuple[Any, ...]) -> Any:
    """A row's key as the twin has it."""
    key, function, line = row[:3]
    name, file, _ = snapshot.functions[function]
    if by == "own" and file == IMPORT:
        return name
    if by in ("line", "own"):
        return Frame(name, file, line) if function else Frame("", "", 0)
    if by == "function":
        return (name, file)
    if by == "package":
        return next(
            (package, kind)
            for path, package, kind in snapshot.native.paths()
            if package == key and (path or not file)
        )
    if by == "thread":
        return THREADS.index(key)
    return (
        ["heap", "anonymous mapping", "shared memory", "written pages of files"].index(key)
        if by == "kind"
        else key
    )


def figures(by: str, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(FIELDS, row[3:9], strict=True)) | ({"below": row[10]} if by == "own" else {})


NAMED = [
    [],
    ["/home/me"],
    ["pandas", "job.py"],
    ["json"],
    [f"{PANDAS}/io/"],
    ["/opt"],
    ["pandas.io"],
]
PROGRAMS = [[], ["pandas"], ["/home/me/lib/data.py", "pandas", "json"]]


def expected(tree: Tree, parts: list[list[int]], by: str) -> dict[Any, dict[str, int]]:
    found = answers(tree, parts)[by]
    return {key: row for key, row in found.items() if any(row[name] for name in ("self", "total"))}


def check_answers(snapshot: Snapshot, tree: Tree, parts: Nodes) -> None:
    for by in (*PLACES, "import", "own", "thread", "kind"):
        native = snapshot.native.answers(by)
        found = {key_of(snapshot, by, row): figures(by, row) for row in native if row[3] or row[4]}
        assert found == expected(tree, parts, by), by
        order = [(row[3] - row[6], *row[3:5]) for row in native]
        assert order == sorted(order, reverse=True), by
    for by in (*PLACES, "own"):
        assert sum(row[3] for row in snapshot.native.answers(by)) == snapshot.peak_bytes


@settings(max_examples=80, deadline=None)
@given(trees())
def test_answers_are_the_twins(made: tuple[Nodes, Nodes, End]) -> None:
    """At the peak, and at the end."""
    nodes, parts, end = made
    check_answers(Snapshot(profile(nodes, parts)), clean(FUNCTIONS, nodes, parts), parts)
    snapshot, tree = Snapshot(profile(nodes, parts, end)), clean(FUNCTIONS, nodes, parts, end)
    check_answers(snapshot, tree, parts)
    check_answers(snapshot.at_end(), seen_at_end(tree, end["parts"]), end["parts"])


@settings(max_examples=50, deadline=None)
@given(trees(), st.sampled_from(NAMED), st.sampled_from(PROGRAMS))
def test_answers_by_what_is_named_as_own(
    made: tuple[Nodes, Nodes, End], own: list[str], program: list[str]
) -> None:
    """As recorded, and as a command sees it."""
    nodes, parts, end = made
    tree = clean(FUNCTIONS, nodes, parts, end)
    tree.own, tree.program = own, program
    plain = json.loads(profile(nodes, parts, end)) | {"program": program}
    recorded = Snapshot(json.dumps(plain | {"own": own}).encode())
    for snapshot in (recorded, Snapshot(json.dumps(plain).encode()).with_own(own)):
        check_answers(snapshot, tree, parts)
        check_answers(snapshot.at_end(), seen_at_end(tree, end["parts"]), end["parts"])


@settings(max_examples=80, deadline=None)
@given(trees())
def test_the_end_in_the_json_is_the_twins(made: tuple[Nodes, Nodes, End]) -> None:
    """What is written of both moments, and what is read from that, to the byte."""
    nodes, parts, end = made
    given = profile(nodes, parts, end)
    snapshot, expected = Snapshot(given), json.loads(from_version_1(given))
    assert Snapshot(snapshot.profile).profile == snapshot.profile == snapshot.at_end().profile
    assert Snapshot(snapshot.profile).at_end().native.render(
        "summary"
    ) == snapshot.at_end().native.render("summary")
    found = snapshot.data
    assert found["end"]["bytes"] == expected["end"]["bytes"] == sum(own_at_end(nodes, end))
    assert found["end"]["nodes"] == expected["end"]["nodes"]
    threads = [
        found["threads"].index(name) if name in found["threads"] else None for name in THREADS
    ]
    assert found["end"]["parts"] == [
        [node, threads[thread], *rest] for node, thread, *rest in expected["end"]["parts"]
    ]
    for by in (*PLACES, "import", "own"):
        figures = Counter(tuple(row[2:6]) for row in expected["end"]["answers"][by]["rows"])
        assert Counter(tuple(row[2:6]) for row in found["end"]["answers"][by]["rows"]) == figures
    held = Counter({stack.frames: stack.bytes for stack in snapshot.at_end().stacks})
    assert held == Counter(
        {frames: size for frames, size in stacks_of(snapshot.at_end()).items() if size}
    )


@settings(max_examples=50, deadline=None)
@given(trees(), trees())
def test_a_difference_is_the_twins(
    before: tuple[Nodes, Nodes, End], after: tuple[Nodes, Nodes, End]
) -> None:
    """It compares what is in use, of functions, files, packages and imports: which line is which
    is told by their texts, and these have none."""
    sides = [
        (Snapshot(profile(nodes, parts)), clean(FUNCTIONS, nodes, parts))
        for nodes, parts, _ in (before, after)
    ]
    changed = sides[1][0].diff(sides[0][0])
    twin = answers(difference(sides[0][1], sides[1][1]))
    names = ("self", "total", "old_self", "old_total")
    for by in ("function", "file", "package", "import"):
        found: Counter[tuple[Any, ...]] = Counter()
        for row in changed.native.answers(by):
            figures = dict(zip(FIELDS, row[3:9], strict=True))
            found[tuple(figures[name] for name in names)] += 1
        held = Counter(tuple(row[name] for name in names) for row in twin[by].values())
        nothing = (0, 0, 0, 0)
        found.pop(nothing, None)
        assert found == held, by
    assert changed.change_bytes == sides[1][0].in_use_bytes - sides[0][0].in_use_bytes


def stacks_of(snapshot: Snapshot) -> Counter[tuple[Any, ...]]:
    tree = call_tree(snapshot)
    return Counter({tuple(tree.stack(node)): own for node, own in enumerate(tree.own)})


@settings(max_examples=30, deadline=None)
@given(trees())
def test_all_places_show_the_same(made: tuple[Nodes, Nodes, End]) -> None:
    """The JSON and what is read from it, tables, exports, the notebook's and the terminal's
    lines."""
    nodes, parts, _ = made
    snapshot = Snapshot(profile(nodes, parts))
    again = Snapshot(snapshot.profile)
    assert again.profile == snapshot.profile and again.stacks == snapshot.stacks
    data = snapshot.data
    for by in ("line", "function"):
        named = {(*data["functions"][key][:1], data["paths"][data["functions"][key][1]][0],
        line if by == "line" else 0): (own, total)
                 for key, line, own, total, *_ in data["answers"][by]["rows"]}  # fmt: skip
        twin = answers(clean(FUNCTIONS, nodes, parts), parts)[by]
        assert named == {
            (key[0], key[1], key[2] if by == "line" else 0): (row["self"], row["total"])
            for key, row in twin.items()
        }
        table = [(row.own_bytes, row.through_bytes) for row in rows(snapshot, by)]
        assert Counter(table) == Counter((row["self"], row["total"]) for row in twin.values())
    held = Counter({stack.frames: stack.bytes for stack in snapshot.stacks})
    tree = call_tree(snapshot)
    assert held == Counter(
        {tuple(tree.stack(node)): own for node, own in enumerate(tree.own) if own}
    )
    exported = csv.DictReader(io.StringIO(WRITERS["csv"](snapshot).decode()))
    assert sum(int(row["bytes"]) for row in exported) == snapshot.in_use_bytes
    folded = [line.rpartition(" ") for line in snapshot.native.render("prof").decode().splitlines()]
    assert sum(int(size) for _, _, size in folded) == snapshot.in_use_bytes
    left_out = [int(size) for stack, _, size in folded if stack == "[frames left out]"]
    assert len(left_out) < 2 and sum(left_out) <= 0.01 * snapshot.in_use_bytes
    assert not any(IMPORT in stack for stack, _, _ in folded)
    shown = json.loads(
        _filext.render(profile(nodes, parts), "html-embed")
        .decode()
        .split('id="profile">')[1]
        .split("</script>")[0]
    )
    assert shown["answers"] == data["answers"]
    assert [line.bytes for line in snapshot.top_lines(3)] == [
        row[2] for row in data["answers"]["line"]["rows"] if row[0] and row[2]
    ][:3]


def test_many_helpers_of_many_callers() -> None:
    """36 functions, all but one called from so many places that none of these is drawn."""
    names = [f"f{number}" for number in range(1, 37)]
    shares = {name: 230 for name in names} | {"f21": 1780, "f36": 130}  # of 9,600 or so
    described = [
        {"name": name, "file": file, "first_line": 1}
        for name, file in [("", ""), ("<module>", "job.py")]
    ]
    described += [{"name": name, "file": "job.py", "first_line": 1} for name in names]
    nodes: list[list[int]] = [[0, 0, 0, 0, 0]]
    for number, name in enumerate(names):
        places = 1 if name == "f36" else shares[name]
        for place in range(places):
            nodes += [
                [0, 1, 1000 * number + place, 0, 0],
                [len(nodes), 2 + number, 7, 1000 * shares[name] // places, 1],
            ]
    peak = sum(node[3] for node in nodes)
    head = {
        "format": "filprofiler",
        "version": 1,
        "kind": "peak",
        "command": ["job.py"],
        "peak_bytes": peak,
        "sources": {},
    }
    snapshot = Snapshot(json.dumps(head | {"functions": described, "nodes": nodes}).encode())
    page = json.loads(
        snapshot.native.render("html-embed")
        .decode()
        .split('id="profile">')[1]
        .split("</script>")[0]
    )
    functions = [
        (page["functions"][row[0]][0], row[2])
        for row in page["answers"]["function"]["rows"]
        if row[2]
    ]
    assert dict(functions) == {name: 1000 * share for name, share in shares.items()}
    assert functions[0] == ("f21", 1_780_000)
    inverted = {page["functions"][node[1]][0]: node for node in page["inverted"] if not node[0]}
    assert inverted["f21"][5:] == [1_780_000, 1780, 0]


def test_one_helper_of_many_callers() -> None:
    """Each caller is too small to be drawn; what they call holds four fifths of the peak."""
    count = 6000
    functions = [
        ("<module>", "job.py"),
        ("helper", "job.py"),
        ("other", "job.py"),
        *((f"caller_{i}", "job.py") for i in range(count)),
    ]
    nodes = [[0, 0, 0, 0, 0], [0, 1, 20, 0, 0], [1, 3, 2, 20 * count, 1]]
    for number in range(count):
        nodes += [[1, 4 + number, 10, 0, 0], [len(nodes), 2, 7, 80, 10]]
    described = [
        {"name": name, "file": file, "first_line": 1} for name, file in [("", ""), *functions]
    ]
    head = {
        "format": "filprofiler",
        "version": 1,
        "kind": "peak",
        "command": ["job.py"],
        "peak_bytes": 100 * count,
        "sources": {},
    }
    text = json.dumps(head | {"functions": described, "nodes": nodes}).encode()
    snapshot = Snapshot(text)
    assert [(line.frame.function, line.bytes) for line in snapshot.top_lines(2)] == [
        ("helper", 80 * count),
        ("other", 20 * count),
    ]
    assert "80.0 %  job.py:7  helper" in snapshot.native.render("summary").decode()
    cut = json.loads(
        snapshot.native.render("html-embed")
        .decode()
        .split('id="profile">')[1]
        .split("</script>")[0]
    )
    assert cut["cut"]["nodes"] > 0 and cut["answers"]["line"]["rows"][0][2] == 80 * count
    inverted = {cut["functions"][node[1]][0]: node for node in cut["inverted"] if not node[0]}
    # its callers, each too small to be drawn
    assert inverted["helper"][5:] == [80 * count, count, 0]


def sums(nodes: Nodes, own: list[int]) -> list[int]:
    totals = list(own)
    for number in range(len(nodes) - 1, 0, -1):
        totals[nodes[number][0]] += totals[number]
    return totals


def test_a_page_that_is_cut_has_both_moments() -> None:
    """A node stays for the larger of its two totals; the end's inverted tree and answers are of the
    whole tree."""
    nodes: Nodes = [[0, 0, 0, 0, 0], [0, 1, 1, 0, 0]]
    at_end: Nodes = []
    for number in range(15_000):
        nodes += [
            [1, 2, 10 + number, 0, 0],
            [len(nodes), 3 + number % 3, 7, 90 + number if number % 2 else 0, 1],
        ]
        at_end.append([len(nodes) - 1, 40 + number if number % 3 else 0])
    functions = [
        {"name": name, "file": "job.py", "first_line": 1}
        for name in ("<module>", "caller", "first", "second", "third")
    ]
    described = [{"name": "", "file": "", "first_line": 0}, *functions]
    own = own_at_end(nodes, {"nodes": at_end})
    head = {
        "format": "filprofiler",
        "version": 1,
        "kind": "peak",
        "command": ["job.py"],
        "sources": {},
    }
    head |= {"peak_bytes": sum(node[3] for node in nodes), "functions": described, "nodes": nodes}
    snapshot = Snapshot(json.dumps(head | {"end": {"bytes": sum(own), "nodes": at_end}}).encode())
    page = json.loads(
        snapshot.native.render("html-embed")
        .decode()
        .split('id="profile">')[1]
        .split("</script>")[0]
    )
    whole, end = snapshot.data, page["end"]
    kept_own = own_at_end(whole["nodes"], whole["end"])
    totals, ends = (
        sums(whole["nodes"], [node[3] for node in whole["nodes"]]),
        sums(whole["nodes"], kept_own),
    )
    kept = [
        number
        for number, pair in enumerate(zip(totals, ends, strict=True))
        if max(pair) >= page["cut"]["below"]
    ]
    assert 0 < page["cut"]["nodes"] == len(whole["nodes"]) - len(kept) and len(
        page["nodes"]
    ) == len(kept)
    expected = [
        [place, kept_own[number], ends[number], 0]
        for place, number in enumerate(kept)
        if (kept_own[number], ends[number]) != (whole["nodes"][number][3], totals[number])
    ]
    assert end["nodes"] == expected and end["bytes"] == sum(own)
    held = {
        page["functions"][key][0]: self
        for key, _, self, *_ in end["answers"]["function"]["rows"]
        if self
    }
    assert held == {
        name: sum(own[3::2][at::3])
        for at, name in enumerate(("first", "second", "third"))
        if sum(own[3::2][at::3])
    }
    inverted = {
        page["functions"][node[1]][0]: node[5] for node in end["inverted"][1:] if not node[0]
    }
    assert inverted == held and end["inverted"][0][5] == sum(own)
    left = end["answers"]["line"]["left_out"]
    assert left["self"] + sum(row[2] for row in end["answers"]["line"]["rows"]) == sum(own)


def drawn(nodes: Nodes, functions: list[list[Any]]) -> dict[tuple[tuple[str, int], ...], list[int]]:
    """Of each node, by its frames: self, total, untouched."""
    paths: list[tuple[tuple[str, int], ...]] = []
    for number, (parent, function, line, *_) in enumerate(nodes):
        paths.append((*paths[parent], (functions[function][0], line)) if number else ())
    return {path: [node[3], node[5], node[7]] for path, node in zip(paths, nodes, strict=True)}


def test_a_page_that_is_cut_knows_what_was_never_touched() -> None:
    """Both ways and at both moments: each node that is there says what is in use, and what more of
    it was never touched."""
    functions = [(name, "job.py", 1) for name in ("<module>", "caller", "first", "second", "third")]
    nodes: Nodes = [[0, 0, 0, 0, 0], [0, 1, 1, 0, 0]]
    parts: Nodes = []
    end: End = {"nodes": [], "parts": []}
    for number in range(15_000):
        own, function = 90 + number, 3 + number % 3
        nodes += [[1, 2, 10 + number, 0, 0], [len(nodes), function, 7 + number % 4, own, 1]]
        leaf = len(nodes) - 1
        # of the first's none was touched, of the second's a third wasn't
        if number % 3 < 2:
            parts.append([leaf, 0, 0, own, own if number % 3 == 0 else own // 3])
        end["nodes"].append([leaf, own // 2])
        end["parts"].append([leaf, 0, 0, own // 2, own // 4])
    described = [{"name": name, "file": file, "first_line": 1} for name, file, _ in functions]
    head = {"format": "filprofiler", "version": 1, "kind": "peak", "sources": {}, "command": ["x"]}
    head |= {"peak_bytes": sum(node[3] for node in nodes), "nodes": nodes, "parts": parts}
    head |= {"end": {"bytes": sum(own_at_end(nodes, end)), **end}}
    head |= {"functions": [{"name": "", "file": "", "first_line": 0}, *described]}
    page = json.loads(
        _filext.render(json.dumps(head).encode(), "html-embed")
        .decode()
        .split('id="profile">')[1]
        .split("</script>")[0]
    )
    assert page["cut"]["nodes"] > 0
    at_peak = clean(functions, nodes, parts, end)
    at_end = seen_at_end(at_peak, end["parts"])
    then = [[*node] for node in page["nodes"]]
    for number, own, total, untouched in page["end"]["nodes"]:
        then[number][3], then[number][5], then[number][7] = own, total, untouched
    for seen, shown in ((at_peak, page), (at_end, page["end"] | {"nodes": then})):
        for name, inverted in (("nodes", False), ("inverted", True)):
            used, never = boxes(in_use(seen), inverted), boxes(seen, inverted, field="untouched")
            by_path = {
                tuple((frame.name, frame.line) for frame in path): [total, never[path]]
                for path, total in used.items()
            } | {(): [in_use(seen).total(0), seen.total(0, "untouched")]}
            found = drawn(shown[name], page["functions"])
            assert len(found) > 3
            assert {path: figures[1:] for path, figures in found.items()} == {
                path: by_path[path] for path in found
            }
        through = boxes(seen, True, field="untouched")
        for key, line, *figures in shown["answers"]["line"]["rows"]:
            if (name := page["functions"][key][0]) not in ("<module>", "caller"):
                assert figures[4] == through[(Frame(name, "job.py", line),)], name
