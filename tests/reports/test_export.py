# SPDX-License-Identifier: Apache-2.0
"""Exports: each is read by something that isn't ours, or held to what its format's own page
says."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from google.protobuf import unknown_fields
from support.pprofs import decoded
from support.recorded import HOSTILE, MIB, profile

from filprofiler import Snapshot, _filext
from filprofiler.arguments import ENDINGS
from filprofiler.exportformats import WRITERS

BYTES = {"type": "number", "minimum": 0}
# What https://www.speedscope.app/file-format-schema.json says of a sampled profile, in our own
# words.
SPEEDSCOPE = {
    "type": "object",
    "required": ["$schema", "shared", "profiles"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": "https://www.speedscope.app/file-format-schema.json"},
        "name": {"type": "string"},
        "exporter": {"type": "string"},
        "activeProfileIndex": {"type": "number"},
        "shared": {
            "type": "object",
            "required": ["frames"],
            "properties": {
                "frames": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "additionalProperties": False,
                        "properties": {
                            "name": {"type": "string"},
                            "file": {"type": "string"},
                            "line": {"type": "number"},
                            "col": {"type": "number"},
                        },
                    },
                }
            },
        },
        "profiles": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": [
                    "type",
                    "name",
                    "unit",
                    "startValue",
                    "endValue",
                    "samples",
                    "weights",
                ],
                "additionalProperties": False,
                "properties": {
                    "type": {"const": "sampled"},
                    "name": {"type": "string"},
                    "unit": {
                        "enum": [
                            "none",
                            "nanoseconds",
                            "microseconds",
                            "milliseconds",
                            "seconds",
                            "bytes",
                        ]
                    },
                    "startValue": {"type": "number"},
                    "endValue": {"type": "number"},
                    "samples": {
                        "type": "array",
                        "items": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                    },
                    "weights": {"type": "array", "items": BYTES},
                },
            },
        },
    },
}


@pytest.fixture
def snapshot() -> Snapshot:
    return Snapshot(profile())


def test_speedscope(snapshot: Snapshot) -> None:
    file = json.loads(WRITERS["speedscope"](snapshot))
    jsonschema.Draft202012Validator(SPEEDSCOPE).validate(file)
    frames = file["shared"]["frames"]
    for one in file["profiles"]:
        assert len(one["samples"]) == len(one["weights"]) and sum(one["weights"]) == one["endValue"]
        assert all(index < len(frames) for stack in one["samples"] for index in stack)
    memory = file["profiles"][0]
    stacks = {
        tuple(frames[i]["name"] for i in stack): held
        for stack, held in zip(memory["samples"], memory["weights"], strict=True)
    }
    assert memory["unit"] == "bytes" and memory["endValue"] == snapshot.in_use_bytes
    assert (
        stacks["<module> (job.py:3)", "load (data.py:10)"] == 20 * MIB
        and stacks[("[No Python stack]",)] == MIB
    )
    assert frames[memory["samples"][1][1]] == {
        "name": "load (data.py:10)",
        "file": "lib/data.py",
        "line": 10,
    }


def test_pprof(snapshot: Snapshot) -> None:
    content = WRITERS["pprof"](snapshot)
    read = decoded(content)
    assert len(unknown_fields.UnknownFieldSet(read)) == 0
    text = read.string_table
    assert text[0] == "" and len(set(text)) == len(text)
    assert [(text[kind.type], text[kind.unit]) for kind in read.sample_type] == [
        ("allocations", "count"),
        ("inuse_space", "bytes"),
    ]
    assert text[read.default_sample_type] == "inuse_space"
    functions = {function.id: function for function in read.function}
    locations = {location.id: location for location in read.location}
    assert 0 not in functions and 0 not in locations
    stacks = {}
    for sample in read.sample:
        frames = []
        for number in sample.location_id:  # the innermost first
            [line] = locations[number].line
            function = functions[line.function_id]
            frames.append((text[function.filename], line.line, text[function.name]))
        stacks[tuple(frames[::-1])] = tuple(sample.value)
    wanted = {
        tuple((f.file, f.line, f.function) for f in stack.frames): (
            stack.allocations,
            stack.bytes - stack.untouched_bytes,
        )
        for stack in snapshot.stacks
    }
    wanted[("[No Python stack]", 0, "[No Python stack]"),] = wanted.pop(())
    assert stacks == wanted
    assert read.time_nanos == 1790000000_500000000 and read.duration_nanos == 2_250000000
    assert [text[number] for number in read.comment][1] == "python job.py a b"
    assert content == WRITERS["pprof"](snapshot)  # nothing of now in it


def test_csv(snapshot: Snapshot) -> None:
    rows = list(csv.DictReader(io.StringIO(WRITERS["csv"](snapshot).decode())))
    assert sum(int(row["bytes"]) for row in rows) == snapshot.in_use_bytes
    assert rows[1] == {
        "bytes": str(20 * MIB), "allocations": "2", "file": "lib/data.py", "line": "10",
        "function": "load",
        "stack": "job.py:3 (<module>);lib/data.py:10 (load)",
    }  # fmt: skip
    hostile = next(row for row in rows if row["file"] == HOSTILE)
    assert hostile["stack"].count(";") == 1 and "\n" not in hostile["stack"]


def test_folded_and_json(snapshot: Snapshot) -> None:
    lines = WRITERS["folded"](snapshot).splitlines()
    assert lines[1] == b"job.py:3 (<module>);lib/data.py:10 (load) 20971520"
    assert lines[-1] == b"[frames left out] 3"  # with these the lines are all that is in use
    assert sum(int(line.rpartition(b" ")[2]) for line in lines) == snapshot.in_use_bytes
    assert json.loads(WRITERS["json"](snapshot)) == json.loads(_filext.render(profile(), "json"))


def export(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "filprofiler", "export", *arguments], capture_output=True
    )


@pytest.mark.parametrize("kind", WRITERS)
def test_the_command(kind: str, tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_bytes(profile())
    piped = export("--format", kind, "profile.json")
    assert (piped.returncode, piped.stderr) == (0, b"")
    assert piped.stdout == WRITERS[kind](Snapshot(profile()))
    names = ["out.file", *(f"out{ending}" for ending in ENDINGS[kind])]
    for name in names:
        written = export("profile.json", "-f", kind, "-o", name)
        assert (written.returncode, written.stdout, written.stderr) == (0, b"", b"")
        assert Path(name).read_bytes() == piped.stdout
    assert {path.name for path in tmp_path.iterdir()} == {*names, "profile.json"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["profile.json"], "export needs a format"),
        (["-f", "svg", "profile.json"], "invalid choice: 'svg'"),
        (
            ["-f", "csv", "-o", "nowhere/a.csv", "profile.json"],
            "Can't write 'nowhere/a.csv': No such file",
        ),
        (["-f", "csv", "nowhere"], "There is no 'nowhere'"),
        (["-f", "csv", "broken.json"], "not a profile: a node isn't five whole numbers"),
        (["-f", "csv"], "export needs a result folder"),
        (
            ["-f", "csv", "-o", "a.JSON", "profile.json"],
            "'a.JSON' is no name for csv, which ends with .csv",
        ),
        (["-f", "json", "-o", "a.html", "profile.json"], "is no name for json"),
        (
            ["-f", "pprof", "-o", "a.csv", "profile.json"],
            "is no name for pprof, which ends with .pb or .pb.gz or .pprof",
        ),
    ],
)
def test_what_can_not_be_exported(arguments: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_bytes(profile())
    (tmp_path / "broken.json").write_bytes(profile().replace(b'"nodes": [[', b'"nodes": [["a", '))
    done = export(*arguments)
    assert done.returncode == 2 and done.stdout == b""
    assert words in done.stderr.decode() and done.stderr.count(b"\n") == 1
