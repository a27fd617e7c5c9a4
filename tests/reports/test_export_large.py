# SPDX-License-Identifier: Apache-2.0
"""Exports of programs with deep stacks, and with very many: they stay small, and add up."""

import csv
import io
import json
from pathlib import Path

import pytest
from support.pprofs import decoded
from support.profiles import profile
from support.running import run_profiled

from filprofiler import Snapshot
from filprofiler.exportformats import WRITERS

LEFT_OUT = "[frames left out]"
DEEP = """
import sys

sys.setrecursionlimit(100_000)
kept = []

def build(depth):
    kept.append(bytearray(2000))
    if depth:
        build(depth - 1)

build(int(sys.argv[1]))
"""
IMPORTS = """
import asyncio, email.mime.text, http.server, sqlite3, unittest.mock, xml.dom.minidom
kept = [[bytearray(1_000_000) for _ in range(2)] for _ in range(2)]
"""


def csv_rows(content: bytes) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 30)
    return list(csv.DictReader(io.StringIO(content.decode())))


def folded_stacks(content: bytes) -> dict[str, int]:
    lines = (line.rpartition(" ") for line in content.decode().splitlines())
    return {stack: int(held) for stack, _, held in lines}


def held_by(kind: str, content: bytes) -> int:
    """What the stacks of an export hold together."""
    if kind == "folded":
        return sum(folded_stacks(content).values())
    if kind == "csv":
        return sum(int(row["bytes"]) for row in csv_rows(content))
    if kind == "pprof":
        return sum(sample.value[1] for sample in decoded(content).sample)
    data = json.loads(content)
    if kind == "json":
        return sum(node[3] for node in data["nodes"])
    return int(sum(data["profiles"][0]["weights"]))


def hold_to(snapshot: Snapshot, most: int) -> dict[str, bytes]:
    """The exports, each of which holds what the profile does in `most` bytes."""
    made = {kind: write(snapshot) for kind, write in WRITERS.items()}
    for kind, content in made.items():
        held = held_by(kind, content)
        whole = snapshot.peak_bytes if kind == "json" else snapshot.in_use_bytes
        assert held == whole and len(content) < most, kind
    return made


def frames_of(content: bytes) -> list[list[str]]:
    """The stacks of a speedscope file, as names."""
    data = json.loads(content)
    names = [frame["name"] for frame in data["shared"]["frames"]]
    return [[names[i] for i in stack] for stack in data["profiles"][0]["samples"]]


@pytest.mark.parametrize("levels", [4000, 20_000])
def test_deep_stacks(levels: int, tmp_path: Path) -> None:
    """Each level holds a bytearray of its own stack: the stacks of all would be gigabytes."""
    (tmp_path / "deep.py").write_text(DEEP)
    done = run_profiled(["deep.py", str(levels)], tmp_path / "out")
    assert done.returncode == 0 and done.report, done.stderr
    snapshot = Snapshot.load(done.report / "peak-memory.json")
    made = hold_to(snapshot, 10_000_000)
    assert made["folded"] == (done.report / "peak-memory.prof").read_bytes()
    middles = [held for stack, held in folded_stacks(made["folded"]).items() if LEFT_OUT in stack]
    assert len(middles) <= 5 and max(middles) > 0.9 * (levels - 500) * 2000
    shortened = [stack for stack in frames_of(made["speedscope"]) if LEFT_OUT in stack]
    assert any(len(stack) == 201 and stack[100] == LEFT_OUT for stack in shortened)
    trimmed = [
        stack for stack in shortened if stack[-1] != LEFT_OUT
    ]  # others end where small ones were
    assert all(stack.count(LEFT_OUT) == 1 and len(stack) <= 201 for stack in trimmed)


def test_imports(tmp_path: Path) -> None:
    """The import system's own frames are nowhere, and what they hold is the importing line's."""
    (tmp_path / "imports.py").write_text(IMPORTS)
    done = run_profiled(["imports.py"], tmp_path / "out")
    assert done.returncode == 0 and done.report, done.stderr
    made = hold_to(Snapshot.load(done.report / "peak-memory.json"), 10_000_000)
    for kind in ("folded", "csv", "speedscope"):
        assert b"frozen importlib" not in made[kind]
    read = decoded(made["pprof"])
    assert not any("frozen importlib" in text for text in read.string_table)
    stacks = {row["stack"]: int(row["bytes"]) for row in csv_rows(made["csv"])}
    for stack, held in folded_stacks(made["folded"]).items():
        assert LEFT_OUT in stack or stacks.get(stack, held) == held  # csv has all
    assert any(stack.endswith("<listcomp>)") for stack in stacks)


def test_names_in_pprof() -> None:
    """pprof cuts <...> out of a name that equals its system_name, or shows <unknown>."""
    source = profile([("<module>", "a.py"), ("<lambda>", "a.py")],
                     [[0, 0, 0, 0, 0], [0, 1, 7, 10, 1], [1, 2, 3, 20, 1]])  # fmt: skip
    read = decoded(WRITERS["pprof"](Snapshot(source)))
    names = {read.string_table[function.name] for function in read.function}
    assert names == {"<module>", "<lambda>"}
    assert all(function.system_name == 0 for function in read.function)


def many_stacks(depth: int) -> list[list[int]]:
    """30,000 stacks of 100 bytes, so deep; 20 stacks as deep of 30,000 bytes; a shallow one."""
    nodes = [[0, 0, 0, 0, 0]]
    for _ in range(depth - 2):
        nodes.append([len(nodes) - 1, 1, 1, 0, 0])
    trunk = len(nodes) - 1
    for group in range(300):
        nodes.append([trunk, 2, 1 + group, 0, 0])
        parent = len(nodes) - 1
        nodes += [[parent, 3, 1 + line, 100, 1] for line in range(100)]
    nodes += [[trunk, 4, 1 + line, 30_000, 1] for line in range(20)]
    return [*nodes, [0, 1, 2, 1, 1]]


def test_small_stacks_of_a_large_profile() -> None:
    """Where the text is too much the smallest go first, and none that holds a thousandth."""
    path = "/usr/lib/python3/site-packages/package/module"
    functions = [(f"function_{name}", f"{path}_{name}.py") for name in "abcd"]
    snapshot = Snapshot(profile(functions, many_stacks(40)))
    made = hold_to(snapshot, 5_000_000)
    rows = {row["stack"]: int(row["bytes"]) for row in csv_rows(made["csv"])}
    for stacks in (folded_stacks(made["folded"]), rows):
        large = [stack for stack, held in stacks.items() if held == 30_000]
        assert len(large) == 20 and all(stack.count(";") == 38 for stack in large)
        assert LEFT_OUT not in "".join(large)
        assert any(stack.endswith(";" + LEFT_OUT) for stack in stacks)


def test_short_stacks_stay_however_many() -> None:
    functions = [(f"function_{name}", "/a/rather/long/path/" + "x" * 200) for name in "abcd"]
    snapshot = Snapshot(profile(functions, many_stacks(4)))
    assert len(WRITERS["csv"](snapshot)) > 20_000_000
    assert LEFT_OUT.encode() not in WRITERS["csv"](snapshot)
    lines = WRITERS["folded"](snapshot).splitlines()
    assert [line for line in lines if LEFT_OUT.encode() in line] == [lines[-1]]


def test_no_two_deep_stacks_are_alike() -> None:
    """2,000 stacks of more than 200 frames with different ends: the edges become shorter."""
    nodes = [[0, 0, 0, 0, 0]]
    for number in range(2000):
        nodes += [[len(nodes) - 1 if i else 0, 1, 1 + number * 300 + i, 0, 0] for i in range(300)]
        nodes[-1][3:] = [1000 + number, 1]
    made = hold_to(Snapshot(profile([("f", "a.py")], nodes)), 20_000_000)
    assert b";" + LEFT_OUT.encode() + b";" in made["folded"] and len(made["folded"]) < 8_000_000


def test_what_exports_are_made_of_is_a_profile() -> None:
    nodes = [[0, 0, 0, 5, 1], [0, 1, 7, 10, 1], [1, 2, 3, 20, 2]]
    source = Snapshot(
        profile([("<module>", "a.py"), ("f", "<frozen importlib._bootstrap>")], nodes)
    )
    short = source.native.shortened().nodes(True)
    assert [
        (parent, line, own, allocations) for parent, _, line, own, _, allocations, *_ in short
    ] == [(0, 0, 5, 1), (0, 7, 30, 3)]
