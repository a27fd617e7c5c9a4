# SPDX-License-Identifier: Apache-2.0
"""Random trees of calls with parts and an end, and the profiles of them."""

import json

from hypothesis import strategies as st

from support.profiletwin import End, Nodes, own_at_end

PANDAS = "/opt/lib/python3.12/site-packages/pandas"
FILES = ["job.py", "/home/me/lib/data.py", f"{PANDAS}/__init__.py", f"{PANDAS}/io/parsers.py",
"/usr/lib/python3.12/json/__init__.py",
         "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>",
         "<frozen zipimport>", "<string>", "[a place]"]  # fmt: skip
FUNCTIONS = [(name, file, 1) for file in FILES for name in ("<module>", "load", "_find_and_load")]
KINDS = 4
THREADS = ["MainThread", "loader", "writer"]


def parts_of(draw: st.DrawFn, held: list[int]) -> Nodes:
    """Parts of what the nodes hold by themselves."""
    parts = []
    for number, own in enumerate(held):
        if own and draw(st.booleans()):
            part = draw(st.integers(1, own))
            parts.append(
                [
                    number,
                    draw(st.integers(0, 2)),
                    draw(st.integers(0, KINDS - 1)),
                    part,
                    draw(st.integers(0, part)),
                ]
            )
    return parts


@st.composite
def trees(draw: st.DrawFn) -> tuple[Nodes, Nodes, End]:
    """Nodes of version 1, parts of them, and the end: lines repeat, functions call themselves,
    imports nest; what was held at the peak has gone, stayed or grown at the end, and there are
    stacks of the end alone."""
    count = draw(st.integers(1, 40))
    nodes = [[0, 0, 0, draw(st.sampled_from([0, 7])), 1]]
    for number in range(1, count):
        parent = draw(st.integers(max(0, number - 4), number - 1))
        size = draw(st.sampled_from([0, 1, 3, 1000, 10**6]))
        nodes.append(
            [
                parent,
                draw(st.integers(1, len(FUNCTIONS))),
                draw(st.integers(1, 3)),
                size,
                draw(st.integers(0, 5)),
            ]
        )
    parts = parts_of(draw, [node[3] for node in nodes])
    changes = st.sampled_from([None, 0, 5, 1000, 10**6])
    changed = [
        [number, own]
        for number in range(count)
        if (own := draw(changes)) is not None and own != nodes[number][3]
    ]
    end = {"nodes": changed, "parts": []}
    return nodes, parts, end | {"parts": parts_of(draw, own_at_end(nodes, end))}


def profile(nodes: Nodes, parts: Nodes, end: End | None = None) -> bytes:
    functions = [{"name": "", "file": "", "first_line": 0}]
    functions += [
        {"name": name, "file": file, "first_line": line} for name, file, line in FUNCTIONS
    ]
    head = {
        "format": "filprofiler",
        "version": 1,
        "kind": "peak",
        "command": ["python", "job.py"],
        "sources": {},
        "threads": THREADS,
    }
    peak = sum(node[3] for node in nodes)
    at_end = {"end": {"bytes": sum(own_at_end(nodes, end)), **end}} if end else {}
    return json.dumps(
        head | at_end | {"peak_bytes": peak, "functions": functions, "nodes": nodes, "parts": parts}
    ).encode()
