# SPDX-License-Identifier: Apache-2.0
"""`tree` with libraries' frames folded, and imports as one line in tables."""

import json
import re
from typing import Any

from hypothesis import given, settings
from support.terminals import fil
from support.trees import PANDAS, profile, trees

from filprofiler import Snapshot
from filprofiler.calltree import CallTree
from filprofiler.folding import FOLD_FILE, folded_tree
from filprofiler.snapshots import IMPORT_FILE

MIB = 1 << 20
NUMPY = "/opt/lib/python3.12/site-packages/numpy"
JOB, NEXT, MAIN = ("job.py", "<module>", 9), ("job.py", "<module>", 10), ("job.py", "main", 3)
READ, PARSE, CALLED = (
    (f"{PANDAS}/io.py", "read", 5),
    (f"{PANDAS}/io.py", "parse", 7),
    (f"{PANDAS}/io.py", "call", 8),
)
ONES, ZEROS = (f"{NUMPY}/core.py", "ones", 1), (f"{NUMPY}/core.py", "zeros", 2)
BACK = ("job.py", "convert", 6)
IMPORTS = ("<frozen importlib._bootstrap>", "_find_and_load", 1)
INIT, OTHER = (f"{PANDAS}/__init__.py", "<module>", 1), (f"{NUMPY}/__init__.py", "<module>", 1)

Stacks = list[tuple[list[tuple[str, str, int]], int]]


def made(stacks: Stacks) -> Snapshot:
    """A snapshot of stacks of (file, function, line) and their MiB."""
    frames = list(dict.fromkeys(frame[:2] for stack, _ in stacks for frame in stack))
    functions = [{"name": "", "file": "", "first_line": 0}]
    functions += [{"name": name, "file": file, "first_line": 1} for file, name in frames]
    nodes: list[list[int]] = [[0, 0, 0, 0, 0]]
    for stack, size in stacks:
        at = 0
        for frame in stack:
            nodes.append([at, 1 + frames.index(frame[:2]), frame[2], 0, 0])
            at = len(nodes) - 1
        nodes[at][3:] = [size * MIB, 1]
    head = {
        "format": "filprofiler",
        "version": 1,
        "kind": "peak",
        "command": ["python", "job.py"],
        "sources": {},
    }
    peak = sum(size for _, size in stacks) * MIB
    return Snapshot(
        json.dumps(head | {"peak_bytes": peak, "functions": functions, "nodes": nodes}).encode()
    )


def lines(tree: CallTree) -> list[str]:
    """Each node with its depth, total and name, parents first."""
    totals, below = tree.totals(), tree.children()
    found, waiting = [], [(0, -1)]
    while waiting:
        node, depth = waiting.pop()
        frame = tree.frames[node]
        name = f"{frame.function}:{frame.line}" if frame.line else frame.function
        found.append(f"{'  ' * depth}{totals[node] // MIB} {name}")
        waiting += [
            (child, depth + 1) for child in sorted(below[node], key=lambda child: totals[child])
        ]
    return found[1:]


def test_libraries_frames_are_folded() -> None:
    """What they end in stays, and what they call of own code; the largest ending says how many."""
    snapshot = made([
        ([JOB, MAIN, READ, PARSE, ONES], 40),
        ([JOB, MAIN, READ, ZEROS], 10),
        ([JOB, MAIN, READ, PARSE, CALLED, BACK, ZEROS], 7),
        ([JOB, MAIN, ONES], 3),
        ([JOB, MAIN], 2),
    ])  # fmt: skip
    assert lines(folded_tree(snapshot)) == [
        "62 <module>:9",
        "  62 main:3",
        "    57 +2 frames in pandas",
        "      40 ones:1",
        "      10 zeros:2",
        "      7 convert:6",
        "        7 zeros:2",
        "    3 ones:1",
    ]


def test_an_import_is_one_line() -> None:
    snapshot = made([
        ([JOB, IMPORTS, INIT, IMPORTS, OTHER, ONES], 30),
        ([JOB, IMPORTS, INIT, READ], 10),
        ([JOB, READ, IMPORTS, OTHER, ONES], 5),
        ([JOB, READ, PARSE, IMPORTS, OTHER], 1),
    ])  # fmt: skip
    assert lines(folded_tree(snapshot)) == [
        "46 <module>:9", "  40 import pandas", "  6 +1 frame in pandas", "    6 import numpy",
    ]  # fmt: skip


def test_where_nothing_is_own() -> None:
    """The outermost frame stays."""
    snapshot = made([([READ, PARSE, ONES], 5), ([], 2)])
    assert lines(folded_tree(snapshot)) == ["5 read:5", "  5 +1 frame in pandas", "    5 ones:1"]
    assert folded_tree(snapshot).own[0] == 2 * MIB


@settings(max_examples=60, deadline=None)
@given(trees())
def test_nothing_is_lost(drawn: Any) -> None:
    snapshot = Snapshot(profile(*drawn))
    tree = folded_tree(snapshot)
    assert tree.totals()[0] == sum(row[3] for row in snapshot.native.nodes(True))
    own = {file for file, _, kind in snapshot.native.paths() if kind == "own"}
    for node, frame in enumerate(tree.frames):
        above = tree.frames[tree.parents[node]]
        if frame.file == FOLD_FILE:
            assert above.file != FOLD_FILE and re.match(
                r"\+[\d,]+ frames?( in .+)?$", frame.function
            )
        elif node and frame.file not in own and above.file not in (FOLD_FILE, IMPORT_FILE):
            assert (
                not tree.parents[node]
                or above.file in own
                or tree.own[node]
                or frame.file == IMPORT_FILE
            )


def test_the_command() -> None:
    snapshot = made(
        [
            ([JOB, MAIN, READ, PARSE, ONES], 40),
            ([JOB, IMPORTS, INIT, READ], 10),
            ([NEXT, IMPORTS, OTHER], 4),
        ]
    )
    snapshot.save("job.json")
    folded = fil("tree", "job.json").stdout
    calls = [
        re.match(r"[├─└│ ]*(.*?)(  |$)", line.split("%  ")[1]) for line in folded.splitlines()[2:-1]
    ]
    assert [call and call[1] for call in calls] == [
        "all", "<module>", "main", "+2 frames in pandas", "ones", "import pandas", "<module>",
        "import numpy",
    ]  # fmt: skip
    assert folded.splitlines()[-1] == "frames of libraries are folded (--all shows them)"
    whole = fil("tree", "--all", "job.json").stdout
    assert "parse  pandas/io.py:7" in whole and "folded" not in whole
    assert json.loads(fil("tree", "--json", "job.json").stdout) == json.loads(
        fil("tree", "--all", "--json", "job.json").stdout
    )


def test_imports_are_one_line_of_a_table() -> None:
    old = made(
        [([JOB, MAIN, READ, PARSE], 9), ([JOB, IMPORTS, INIT], 1), ([NEXT, IMPORTS, OTHER], 4)]
    )
    old.save("old.json")
    made(
        [
            ([JOB, MAIN, READ, PARSE], 40),
            ([JOB, IMPORTS, INIT, READ], 10),
            ([NEXT, IMPORTS, OTHER], 4),
        ]
    ).save("new.json")
    table = [" ".join(line.split()) for line in fil("table", "new.json").stdout.splitlines()[2:]]
    assert table == [
        "40.0 MiB 74.1 % job.py:3 main pandas",
        "14.0 MiB 25.9 % imports pandas 10.0 MiB, numpy 4.0 MiB",
        "all imports together are one line (--by import shows each)",
    ]
    assert [
        row["own_bytes"] for row in json.loads(fil("table", "--json", "new.json").stdout)["rows"]
    ] == [40 * MIB, 10 * MIB, 4 * MIB]
    difference = [
        " ".join(line.split())
        for line in fil("diff", "old.json", "new.json").stdout.splitlines()[-2:]
    ]
    assert difference == [
        "+31.0 MiB +344.4 % 9.0 MiB 40.0 MiB job.py:3 main pandas",
        "+9.0 MiB +900.0 % 1.0 MiB 10.0 MiB import pandas",
    ]
    exceeded = fil("diff", "--fail-above", "10%", "old.json", "new.json")
    assert exceeded.returncode == 3
    assert exceeded.stderr.rstrip().endswith(
        "most of all grew job.py:3 (main): +31.0 MiB, 77.5 % of it  in pandas"
    )
