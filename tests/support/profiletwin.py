# SPDX-License-Identifier: Apache-2.0
"""The readable twin of the profile (docs/profile.md): the clean tree, its answers, and the boxes of
the graph, by plain lists and dictionaries. It knows neither our own frames nor those that start a
program: no test's input has any. Its JSON is made by profiletwinjson.py."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

LIBRARY = re.compile(r"(?:.*/)?(?:site|dist)-packages/(?:[^/]+\.egg/)?([^/].*)")
STANDARD = re.compile(r"(?:^|/)lib(?:64)?/python\d[^/]*/(.+)")
IMPORT = "<import>"
PLACES = ("line", "function", "file", "package")
KINDS = ["heap", "anonymous mapping", "shared memory", "written pages of files"]

Functions = list[tuple[str, str, int]]  # name, file, first line
Nodes = list[list[int]]
End = dict[str, Nodes]  # nodes, parts
Answers = dict[str, dict[Any, dict[str, int]]]  # by, key => figures


class Frame(NamedTuple):
    name: str
    file: str
    line: int


ROOT = Frame("", "", 0)
Boxes = Counter[tuple[Frame, ...]]


class Node:
    """`old` is what it held by itself in the older of two profiles, `end` at the end."""

    def __init__(self, parent: int, frame: Frame) -> None:
        self.parent, self.frame = parent, frame
        self.own = self.allocations = self.old = self.untouched = self.end = 0

    @property
    def imports(self) -> bool:
        return self.frame.file == IMPORT


class Tree:
    """Nodes, parents first. `places` says of each node of the input where it is here, `first_lines`
    where functions begin."""

    def __init__(self) -> None:
        self.nodes = [Node(0, ROOT)]
        self.places = [0]
        self.known: dict[tuple[int, Frame], int] = {}
        self.first_lines: dict[tuple[str, str], int] = {}
        self.own: list[str] = []
        self.program: list[str] = []

    def whose(self, file: str) -> tuple[str, str, int]:
        """The name and the kind of the package that a file belongs to, and how much it is the
        reader's: 2 own code, 1 the program's package, 0 neither."""
        return whose(file, tuple(self.own), tuple(self.program))

    def package(self, file: str) -> tuple[str, str]:
        return self.whose(file)[:2]

    def child(self, parent: int, frame: Frame) -> int:
        if (parent, frame) not in self.known:
            self.known[parent, frame] = len(self.nodes)
            self.nodes.append(Node(parent, frame))
        return self.known[parent, frame]

    def path(self, number: int) -> list[int]:
        """The nodes from the outermost frame to this one."""
        found = []
        while number:
            found.append(number)
            number = self.nodes[number].parent
        return found[::-1]

    def total(self, number: int, field: str = "own") -> int:
        """What a node holds with all below it."""
        all_nodes = range(len(self.nodes))
        below = [at for at in all_nodes if number in self.path(at)] if number else all_nodes
        return sum(getattr(self.nodes[at], field) for at in below)

    def children(self, number: int) -> list[int]:
        return [at for at in range(number + 1, len(self.nodes)) if self.nodes[at].parent == number]


@cache
def is_below(file: str, folder: str) -> bool:
    """Whether a file is the folder's, and no library's below it."""
    rest = (file + "/").removeprefix(folder.rstrip("/") + "/")
    return rest != file + "/" and not LIBRARY.match(rest) and not STANDARD.search(rest)


@cache
def is_of(path: str, package: str) -> bool:
    return re.match(re.escape(package).replace(r"\.", "/") + r"[/.]", path) is not None


@cache
def package(file: str) -> tuple[str, str]:
    """The name and the kind of the package that a file belongs to."""
    if found := LIBRARY.match(file):
        return found[1].split("/")[0].removesuffix(".py"), "library"
    if STANDARD.search(file) or file.startswith("<frozen ") or file == IMPORT:
        return "standard library", "standard"
    is_typed = file.startswith(("<stdin", "<ipython-input-", "<timed ", "<magic-timeit"))
    is_nowhere = file.startswith(("[", "<")) and not is_typed
    return (file, "none") if is_nowhere or not file else ("own code", "own")


@cache
def whose(file: str, own: tuple[str, ...], program: tuple[str, ...]) -> tuple[str, str, int]:
    """As Tree.whose, where these are named."""
    path = LIBRARY.match(file)
    standard = STANDARD.search(file)
    for name in own:
        if "/" in name and is_below(file, name):
            return "own code", "own", 2
        if "/" not in name and (found := path or standard) and is_of(found[1], name):
            return name, "own", 2
    for name in program:
        if is_below(file, name) if "/" in name else path and is_of(path[1], name):
            return name.split("/")[-1], "own", 1
    name, kind = package(file)
    return name, kind, 2 if kind == "own" else 0


def module(file: str) -> str:
    """`scipy.stats` for `/opt/lib/python3.12/site-packages/scipy/stats/__init__.py`, `runpy` for
    `<frozen runpy>`."""
    if file.startswith("<frozen ") and file.endswith(">"):
        return file.removeprefix("<frozen ").removesuffix(">").replace("/", ".")
    found = LIBRARY.match(file) or STANDARD.search(file)
    own_name = file.split("/")[-2 if file.endswith("/__init__.py") else -1 :]
    path = found[1] if found else "/".join(own_name)
    return path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")


def import_name(tree: Tree, number: int) -> str:
    """By the modules that run directly below: their common beginning, or the largest of them."""
    below = [at for at in tree.children(number) if tree.nodes[at].frame.name == "<module>"]
    if not below:
        return "import"
    names = [module(tree.nodes[at].frame.file).split(".") for at in below]
    common = names[0]
    for name in names:
        while common != name[: len(common)]:
            common = common[:-1]
    largest = max(range(len(below)), key=lambda at: tree.total(below[at]))
    return "import " + ".".join(common or names[largest])


def own_at_end(nodes: Nodes, end: End | None) -> list[int]:
    """What each node holds by itself at the end; what isn't named there is as at the peak."""
    found = [node[3] for node in nodes]
    for number, own in end["nodes"] if end else []:
        found[number] = own
    return found


def clean(
    functions: Functions,
    nodes: Nodes,
    parts: Nodes | None = None,
    end: End | None = None,
) -> Tree:
    """The tree of nodes `[parent, function, line, self, allocations]`; in a difference a sixth
    number is what the node held by itself before. `end`: `nodes`, of `[node, self]`."""
    at_end = own_at_end(nodes, end)
    tree, held = Tree(), [sum(map(abs, (node[3], *node[5:]))) for node in nodes]
    held = [one + there for one, there in zip(held, at_end, strict=True)]
    for number in range(len(nodes) - 1, 0, -1):
        held[nodes[number][0]] += held[number]
    for number, (parent, function, line, own, allocations, *old) in enumerate(nodes):
        place = tree.places[parent]
        if number and held[number]:
            name, file, first_line = functions[function - 1]
            tree.first_lines.setdefault((name, file), first_line)
            frame = Frame(name, file, line)
            if file.startswith("<frozen importlib"):
                place = place or tree.child(place, frame)
                place = (
                    place
                    if tree.nodes[place].imports
                    else tree.child(place, Frame("import", IMPORT, 0))
                )
            else:
                place = tree.child(place, frame)
        if number:
            tree.places.append(place)
        if number and not held[number]:
            continue
        node = tree.nodes[place]
        node.own += own
        node.allocations += allocations
        node.old += sum(old)
        node.end += at_end[number]
    for place, _, _, _, untouched in parts or []:
        tree.nodes[tree.places[place]].untouched += untouched
    for number, node in enumerate(tree.nodes):
        if node.imports:
            node.frame = Frame(import_name(tree, number), IMPORT, 0)
    return tree


def holding(tree: Tree, own: Callable[[Node], int]) -> Tree:
    """The same tree where each node holds so many bytes of its own, all touched."""
    seen = Tree()
    seen.places, seen.first_lines = tree.places, tree.first_lines
    seen.own, seen.program = tree.own, tree.program
    seen.nodes = []
    for one in tree.nodes:
        node = Node(one.parent, one.frame)
        node.own, node.allocations = own(one), one.allocations
        seen.nodes.append(node)
    return seen


def seen_at_end(tree: Tree, parts: Nodes | None = None) -> Tree:
    """The same tree with what it holds at the end; `parts`: those of then."""
    seen = holding(tree, lambda node: node.end)
    for place, _, _, _, untouched in parts or []:
        seen.nodes[tree.places[place]].untouched += untouched
    return seen


def in_use(tree: Tree) -> Tree:
    """The same tree with what is in use: what was never touched took no memory."""
    return holding(tree, lambda node: node.own - node.untouched)


def difference(older: Tree, newer: Tree) -> Tree:
    """Both laid over each other: what is in use now is `own`, what was before `old`."""
    tree = Tree()
    for one, field in ((in_use(newer), "own"), (in_use(older), "old")):
        places = [0]
        tree.first_lines |= one.first_lines
        for number, node in enumerate(one.nodes):
            if number:
                places.append(tree.child(places[node.parent], node.frame))
            held = tree.nodes[places[number]]
            setattr(held, field, getattr(held, field) + node.own)
            held.allocations += node.allocations if field == "own" else 0
    return tree


def keys_of(tree: Tree, frame: Frame) -> dict[str, Any]:
    return {
        "line": frame,
        "function": frame[:2],
        "file": frame.file,
        "package": tree.package(frame.file),
    }


FIELDS = ("self", "total", "allocations", "untouched", "old_self", "old_total")
HOLDING = ("self", "total", "old_self", "old_total")


def owner(tree: Tree, path: list[Node]) -> tuple[Frame | str, str]:
    """Whose a stack is: the line of its innermost own frame or, where none is own, of its innermost
    of the program's package or, where there is none, either, of its outermost frame; or the name of
    an import below that. And the package below that line."""
    frames = [number for number, node in enumerate(path) if not node.imports]
    ranks = {number: tree.whose(path[number].frame.file)[2] for number in frames}
    most = max(ranks.values(), default=0)
    at = [number for number in frames if ranks[number] == most][-1] if most else 0
    below = path[at + 1 :] if path else []
    if outermost := next((node for node in below if node.imports), None):
        return outermost.frame.name, ""
    return (path[at].frame if path else ROOT), tree.package(below[0].frame.file)[0] if below else ""


def own_lines(tree: Tree) -> dict[Any, dict[str, Any]]:
    """The figures by own line; "below" is the package that holds most of it, "" for the line
    itself."""
    rows: dict[Any, dict[str, Any]] = {}
    shares: Counter[tuple[Any, str]] = Counter()
    for number, node in enumerate(tree.nodes):
        key, below = owner(tree, [tree.nodes[at] for at in tree.path(number)])
        row = rows.setdefault(key, dict.fromkeys(FIELDS, 0) | {"below": "", "most": 0})
        figures = (node.own, node.allocations, node.untouched, node.old)
        for name, figure in zip(
            ("self", "allocations", "untouched", "old_self"), figures, strict=True
        ):
            row[name] += figure
        shares[key, below] += node.own - node.untouched + node.old
        if number and shares[key, below] >= row["most"]:
            row |= {"most": shares[key, below] + 1, "below": below}
    for row in rows.values():
        del row["most"]
    return rows


def answers(tree: Tree, parts: Nodes | None = None, peak: int | None = None) -> Answers:
    """For each `by` and key the figures of FIELDS. What holds nothing, and never did, is no row."""
    rows: Answers = {by: {} for by in (*PLACES, "import", "own", "thread", "kind")}
    rows["own"] = own_lines(tree)

    def add(by: str, key: Any, **figures: int) -> None:
        row = rows[by].get(key) or rows[by].setdefault(key, dict.fromkeys(FIELDS, 0))
        for name, figure in figures.items():
            row[name] += figure

    keys = [keys_of(tree, node.frame) for node in tree.nodes]
    for number, node in enumerate(tree.nodes):
        path = tree.path(number)
        own = {
            "self": node.own,
            "allocations": node.allocations,
            "untouched": node.untouched,
            "old_self": node.old,
        }
        total = {"total": node.own, "old_total": node.old}
        holder = node.parent if node.imports else number
        through = [at for at in path if not tree.nodes[at].imports] or [0]
        for by in PLACES:
            add(by, keys[holder][by], **own)
            for key in {keys[at][by] for at in through}:
                add(by, key, **total)
        if outermost := next((at for at in path if tree.nodes[at].imports), None):
            add("import", tree.nodes[outermost].frame.name, **own, **total)
    for key, row in rows["own"].items():
        line = rows["line"].get(key) if isinstance(key, Frame) else None
        row["total"] = line["total"] if line and row["self"] else row["self"]
        row["old_total"] = line["old_total"] if line and row["old_self"] else row["old_self"]
    held = tree.total(0) if peak is None else peak
    for at, by in ((1, "thread"), (2, "kind")):
        named = [part for part in parts or [] if part[at]]
        for part in parts or []:
            held_there = part[3] if part[at] else 0
            add(by, part[at], self=held_there, total=held_there, untouched=part[4])
        left = held - sum(part[3] for part in named)
        add(by, 0, self=left, total=left)
    for found in rows.values():
        for key in [key for key, row in found.items() if not any(row[name] for name in HOLDING)]:
            del found[key]
    return rows


def folded(path: list[Node], detail: str) -> list[Node]:
    """The frames of a stack that are drawn: nothing below an import ("imports"), of a library only
    the call into it, too ("calls"), no library at all ("mine"), or each frame ("all")."""

    def is_own(node: Node) -> bool:
        return package(node.frame.file)[1] == "own"

    drawn: list[Node] = []
    for node in path:
        above = drawn[-1] if drawn else None
        in_import = above is not None and above.imports
        in_library = above is not None and not is_own(node) and not is_own(above)
        no_mine = above is not None and not is_own(node) and not node.imports
        hidden = {"imports": in_import, "calls": in_import or in_library}
        hidden["mine"] = hidden["calls"] or no_mine
        if not hidden.get(detail, False):
            drawn.append(node)
    return drawn


def boxes(tree: Tree, inverted: bool = False, detail: str = "imports", field: str = "own") -> Boxes:
    """What each box of the graph holds: by its frames, the one in the graph's first row first.
    `field`: "untouched" for what of it was never touched."""
    held: Boxes = Counter()
    for number, node in enumerate(tree.nodes):
        path = folded([tree.nodes[at] for at in tree.path(number)], detail)
        frames = tuple(one.frame for one in (reversed(path) if inverted else path))
        held_here = getattr(node, field)
        for end in range(1, len(frames) + 1 if held_here or node.old else 1):
            held[frames[:end]] += held_here
    return held
