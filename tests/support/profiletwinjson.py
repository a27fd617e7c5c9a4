# SPDX-License-Identifier: Apache-2.0
"""The profile's JSON, version 2 (docs/profile.md), made of the twin's tree and answers: whole, or
cut as in a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from support.profiletwin import (
    FIELDS,
    IMPORT,
    KINDS,
    PLACES,
    Answers,
    End,
    Frame,
    Tree,
    answers,
    boxes,
    clean,
    holding,
    in_use,
    package,
    seen_at_end,
)

Nodes = list[list[int]]


class Numbers:
    """Things and their numbers, in the order in which they are asked for."""

    def __init__(self, *first: Any) -> None:
        self.of: dict[Any, int] = {thing: number for number, thing in enumerate(first)}

    def __call__(self, thing: Any) -> int:
        return self.of.setdefault(thing, len(self.of))


class Tables:
    """The numbers of packages, paths and functions; 0 is that of no Python stack."""

    def __init__(self, tree: Tree) -> None:
        self.package, self.path, self.function = (
            Numbers(("", "none")),
            Numbers(""),
            Numbers(("", "")),
        )
        self.first_lines = tree.first_lines

    def number(self, frame: Frame) -> int:
        self.path(frame.file)
        self.package(package(frame.file))
        return self.function((frame.name, frame.file))

    def package_named(self, name: str) -> int:
        """The number of a package that a path has."""
        return next(number for one, number in self.package.of.items() if one[0] == name)

    def data(self) -> dict[str, Any]:
        paths = [[file, self.package(package(file))] for file in self.path.of]
        functions = [
            [name, self.path(file), self.first_lines.get((name, file), 0)]
            for name, file in self.function.of
        ]  # fmt: skip
        return {
            "packages": [list(one) for one in self.package.of],
            "paths": paths,
            "functions": functions,
        }


def totals_of(tree: Tree, field: str) -> list[int]:
    totals = [getattr(node, field) for node in tree.nodes]
    for number in range(len(totals) - 1, 0, -1):
        totals[tree.nodes[number].parent] += totals[number]
    return totals


def cut(nodes: Nodes, most: int, others: list[int] | None = None) -> tuple[Nodes, int, list[int]]:
    """The nodes of eight numbers without the smallest: no more than `most` stay, of so many
    bytes or more; and which these were. `others`: their totals at another moment, which count
    where they are larger."""
    weights = [
        max(pair)
        for pair in zip((node[5] for node in nodes), others or [0] * len(nodes), strict=True)
    ]
    sizes = sorted(weights, reverse=True)
    least = sizes[most] + 1 if len(nodes) > most else 0
    kept: Nodes = []
    places: dict[int, int] = {}
    for number, (parent, *rest) in enumerate(nodes):
        if not number or weights[number] >= least:
            places[number] = len(kept)
            kept.append([places[parent], *rest])
        elif parent in places and weights[number]:
            kept[places[parent]][6] += 1
    return kept, least, list(places)


def end_of(
    tree: Tree,
    tables: Tables,
    end: End,
    kept: list[int],
    most: int | None,
    most_rows: int | None,
) -> dict[str, Any]:
    """The member `end`; `kept`: the nodes that are shown."""
    seen = seen_at_end(tree, end["parts"])
    is_cut = len(kept) < len(tree.nodes)
    at_peak, at_end = (figures(in_use(one) if is_cut else one, one) for one in (tree, seen))
    nodes = []
    for place, number in enumerate(kept):
        now, then = at_end[number], at_peak[number]
        if now != then if is_cut else now[0] != then[0]:
            nodes.append([place, *now] if is_cut else [place, now[0]])
    found = answers(seen, end["parts"])
    never = never_touched(seen, found) if is_cut else {}
    rows = {
        by: rows_of(by, one, tables, False, most_rows, never.get(by)) for by, one in found.items()
    }
    shown = {"inverted": cut(inverted_of(seen, tables), most)[0]} if is_cut and most else {}
    parts = [[tree.places[part[0]], *part[1:]] for part in end["parts"]]
    return {
        "bytes": seen.total(0),
        "nodes": nodes,
        "parts": [] if is_cut else parts,
        "answers": rows,
    } | shown


def figures(used: Tree, tree: Tree) -> Nodes:
    """By node: what it holds by itself, what it and all below it hold, and what of that was never
    touched in `tree`."""
    both = zip(totals_of(used, "own"), totals_of(tree, "untouched"), strict=True)
    return [
        [node.own, total, untouched]
        for node, (total, untouched) in zip(used.nodes, both, strict=True)
    ]


def never_touched(tree: Tree, found: Answers) -> dict[str, dict[Any, int]]:
    """By answer and key: what of the total was never touched."""
    asked = answers(holding(tree, lambda node: node.untouched))
    never = {
        by: {key: row["total"] for key, row in asked[by].items()} for by in (*PLACES, "import")
    }
    for by in ("own", "thread", "kind"):
        never[by] = {key: row["untouched"] for key, row in found[by].items()}
    for key, row in found["own"].items():
        if isinstance(key, Frame) and row["self"]:
            never["own"][key] = never["line"].get(key, 0)
    return never


def inverted_of(whole: Tree, tables: Tables) -> Nodes:
    """From the allocation outwards, each import as one frame, of what is in use."""
    tree = in_use(whole)
    untouched = boxes(whole, inverted=True, field="untouched")
    held = {path: total for path, total in boxes(tree, inverted=True).items() if total}
    deeper = {path[:-1]: 0 for path in held}
    for path, total in held.items():
        deeper[path[:-1]] += total
    numbers: dict[tuple[Frame, ...], int] = {(): 0}
    all_untouched = whole.total(0, "untouched")
    nodes = [[0, 0, 0, tree.nodes[0].own, 0, tree.total(0), 0, all_untouched]]
    for path in sorted(held, key=len):
        numbers[path] = len(nodes)
        begins = held[path] - deeper.get(path, 0)
        above, last = numbers[path[:-1]], path[-1]
        place = [above, tables.number(last), last.line]
        nodes.append([*place, begins, 0, held[path], 0, untouched[path]])
    return nodes


def numbering(by: str, tables: Tables) -> Callable[[Any], int]:
    """How a row's key becomes a number."""
    if by == "function":
        return lambda key: tables.number(Frame(key[0], key[1], 0))
    if by == "import":
        return lambda name: tables.number(Frame(name, IMPORT, 0))
    if by == "own":
        return lambda key: tables.number(Frame(key, IMPORT, 0) if isinstance(key, str) else key)
    given: dict[str, Callable[[Any], int]] = {
        "line": tables.number,
        "file": tables.path,
        "package": tables.package,
    }
    return given.get(by, int)


def rows_of(
    by: str,
    found: dict[Any, dict[str, Any]],
    tables: Tables,
    is_diff: bool,
    most: int | None,
    never: dict[Any, int] | None = None,
) -> dict[str, Any]:
    """One answer. `never`: of a cut tree, what of each row's total was never touched."""
    number = numbering(by, tables)

    def order(row: list[int]) -> tuple[int, int]:
        return (-abs(row[2] - row[6]) if is_diff else -row[2], -row[3])

    rows = [
        [number(key), getattr(key, "line", 0) if by in ("line", "own") else 0,
         *(row[name] for name in FIELDS[: None if is_diff else 4]),
         *([never.get(key, 0)] if never is not None else []),
         *([tables.package_named(row["below"])] if by == "own" else [])]
        for key, row in found.items()
    ]  # fmt: skip
    rows.sort(key=order)
    left = [] if most is None else rows[most:]
    return {
        "rows": rows[:most],
        "left_out": {"rows": len(left), "self": sum(row[2] for row in left)},
    }


def document(
    tree: Tree,
    parts: list[list[int]] | None = None,
    most: int | None = None,
    most_rows: int | None = None,
    end: End | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """The JSON, with these facts; with no more than `most` nodes, and `most_rows` rows of each
    answer. `kind="diff"` is a difference. `end`: nodes and parts of the input at the end."""
    tables, is_diff = Tables(tree), facts.get("kind") == "diff"
    totals, olds = totals_of(tree, "own"), totals_of(tree, "old")
    nodes = [
        [
            node.parent,
            tables.number(node.frame) if number else 0,
            node.frame.line,
            node.own,
            node.allocations,
            totals[number],
            0,
        ]
        for number, node in enumerate(tree.nodes)
    ]
    shape: dict[str, Any] = {}
    shown = list(range(len(nodes)))
    if most is not None and len(nodes) > most:
        used = figures(in_use(tree), tree)
        nodes = [
            [*node[:3], own, node[4], total, 0, untouched]
            for node, (own, total, untouched) in zip(nodes, used, strict=True)
        ]
        seen = in_use(seen_at_end(tree, end["parts"])) if end else None
        kept, least, shown = cut(nodes, most, totals_of(seen, "own") if seen else None)
        shape = {
            "cut": {"nodes": len(nodes) - len(kept), "below": least},
            "inverted": cut(inverted_of(tree, tables), most)[0],
            "nodes": kept,
        }
    elif is_diff:
        before = [[node.old, old] for node, old in zip(tree.nodes, olds, strict=True)]
        shape["nodes"] = [[*node, *old] for node, old in zip(nodes, before, strict=True)]
    else:
        shape["nodes"] = [node[:5] for node in nodes]
    found = answers(tree, parts, facts.get("peak_bytes"))
    never = never_touched(tree, found) if "cut" in shape else {}
    shape["answers"] = {
        by: rows_of(by, rows, tables, is_diff, most_rows, never.get(by))
        for by, rows in found.items()
    }  # fmt: skip
    if end:
        shape["end"] = end_of(tree, tables, end, shown, most, most_rows)
    placed = [[tree.places[part[0]], *part[1:]] for part in parts or []]
    kept_parts = [[shown.index(node), *part] for node, *part in placed if node in shown]
    shape |= tables.data() | {"parts": kept_parts}
    head = {
        "format": "filprofiler",
        "version": 2,
        "kind": "peak",
        "peak_bytes": totals[0],
        "command": ["job.py"],
    }
    head |= {"kinds": KINDS, "untouched_bytes": sum(part[4] for part in parts or [])}
    return head | shape | facts


def from_version_1(profile: bytes, most: int | None = None, most_rows: int | None = None) -> bytes:
    """The JSON, version 2, of a profile of version 1; in a difference, each node's sixth number is
    what it held by itself before."""
    data = json.loads(profile)
    described = data.get("functions", [])[1:]
    functions = [(one["name"], one["file"], one["first_line"]) for one in described]
    end = data.get("end")
    tree = clean(functions, data.get("nodes", [[0, 0, 0, 0, 0]]), data.get("parts"), end)
    made = ("version", "functions", "nodes", "parts", "files", "end")
    facts = {name: value for name, value in data.items() if name not in made}
    if "files" in data:
        facts["files"] = [file | {"node": tree.places[file["node"]]} for file in data["files"]]
    return json.dumps(document(tree, data.get("parts"), most, most_rows, end, **facts)).encode()
