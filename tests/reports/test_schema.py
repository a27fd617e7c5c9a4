# SPDX-License-Identifier: Apache-2.0
"""Profiles are what docs/profile.schema.json says, and what it refuses isn't read."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.running import REPOSITORY, run_profiled

from filprofiler import Snapshot, _filext
from filprofiler.reportsources import ReportError, load

SCHEMA = json.loads((REPOSITORY / "docs/profile.schema.json").read_text())
GOOD: dict[str, Any] = {
    "format": "filprofiler", "version": 2, "kind": "peak", "command": ["python"], "peak_bytes": 5,
    "packages": [["", "none"], ["own code", "own"]], "paths": [["", 0], ["a.py", 1]],
    "functions": [["", 0, 0], ["f", 1, 1]],
    "nodes": [[0, 0, 0, 0, 0], [0, 1, 3, 5, 1]], "sources": {"a.py": {"3": "x"}},
    "threads": ["MainThread", "other"], "parts": [[1, 1, 2, 5, 1]],
    "files": [{"path": "data.bin", "node": 1, "mapped_bytes": 4096, "resident_bytes": 0}],
}  # fmt: skip


def test_a_real_profile(tmp_path: Path) -> None:
    report = run_profiled([str(REPOSITORY / "tests/victims/lines.py")], tmp_path).report
    assert report is not None
    profile = json.loads((report / "peak-memory.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(profile)
    again = json.loads(_filext.render(json.dumps(profile).encode(), "json"))
    assert again == profile


def test_version_1_is_read() -> None:
    """The functions were objects with their files, and there were no answers."""
    names = {
        name: GOOD[name]
        for name in (
            "format",
            "kind",
            "command",
            "peak_bytes",
            "nodes",
            "sources",
            "threads",
            "parts",
            "files",
        )
    }
    functions = [
        {"name": "", "file": "", "first_line": 0},
        {"name": "f", "file": "a.py", "first_line": 1},
    ]
    old = json.dumps(names | {"version": 1, "functions": functions}).encode()
    assert _filext.render(old, "json") == _filext.render(json.dumps(GOOD).encode(), "json")


BROKEN: list[tuple[tuple[str | int, ...], object]] = [
    (("format",), "other"),
    (("version",), 3),
    (("kind",), "valley"),
    (("command",), [1]),
    (("peak_bytes",), -1),
    (("peak_bytes",), "5"),
    (("functions",), []),
    (("functions", 1, 0), 7),
    (("functions", 1, 1), -1),
    (("functions", 1, 2), -1),
    (("functions", 1), ["f", 1]),
    (("paths",), []),
    (("paths", 1), "a.py"),
    (("paths", 1, 0), 5),
    (("nodes",), []),
    (("nodes", 1), [0, 1, 3]),
    (("nodes", 1, 2), 1.5),
    (("nodes", 1, 2), 2**32),
    (("threads",), []),
    (("threads", 1), 3),
    (("parts",), {}),
    (("parts", 0), [1, 1, 2, 5]),
    (("parts", 0, 3), -5),
    (("files",), 7),
    (("files", 0, "path"), None),
    (("files", 0, "node"), -1),
    (("sources", "a.py", "3"), 5),
    (("sources", "a.py"), {"zero": "x"}),
]


@pytest.mark.parametrize(("part", "number"), [(0, 2), (1, 2), (2, 4)])
def test_parts_of_what_does_not_exist(part: int, number: int) -> None:
    """The schema can't know how many nodes, threads and kinds there are."""
    broken: Any = copy.deepcopy(GOOD)
    broken["parts"][0][part] = number
    with pytest.raises(ValueError, match="of what exists"):
        _filext.render(json.dumps(broken).encode(), "json")


@pytest.mark.parametrize(
    ("function", "words"), [(0, "the root's function"), (2, "function doesn't exist")]
)
def test_functions_that_no_node_has(function: int, words: str) -> None:
    """Nor how many functions: number 0, as no function, would be written as number 1, which is
    another."""
    broken: Any = copy.deepcopy(GOOD)
    broken["nodes"][1][1] = function
    with pytest.raises(ValueError, match=words):
        _filext.render(json.dumps(broken).encode(), "json")


def test_more_bytes_than_can_be() -> None:
    """Equal nodes are one in a report, whose number must be one that is read again."""
    broken: Any = copy.deepcopy(GOOD)
    broken["nodes"] = [[0, 0, 0, 0, 0], [0, 1, 3, 8 * 10**15, 1], [0, 1, 3, 8 * 10**15, 1]]
    with pytest.raises(ValueError, match="more bytes than can be"):
        _filext.render(json.dumps(broken).encode(), "json")


@pytest.mark.parametrize(("path", "value"), BROKEN)
def test_broken_profiles(path: tuple[str | int, ...], value: object) -> None:
    broken: Any = copy.deepcopy(GOOD)
    jsonschema.Draft202012Validator(SCHEMA).validate(broken)
    _filext.render(json.dumps(broken).encode(), "json")
    inner = broken
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(broken)
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        _filext.render(json.dumps(broken).encode(), "json")


@pytest.mark.parametrize(("path", "value"), BROKEN)
def test_broken_profiles_in_files(
    path: tuple[str | int, ...], value: object, tmp_path: Path
) -> None:
    """Every command reads with this: one line that names the file."""
    broken: Any = copy.deepcopy(GOOD)
    inner = broken
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(broken))
    with pytest.raises(ReportError, match=r"broken\.json: not a profile"):
        load(str(file))


def test_a_difference(tmp_path: Path) -> None:
    new: Any = copy.deepcopy(GOOD)
    new["nodes"][1][3], new["peak_bytes"] = 8, 8
    difference = (
        Snapshot(json.dumps(new).encode()).diff(Snapshot(json.dumps(GOOD).encode())).profile
    )
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(difference))
    short = json.loads(difference)
    short["nodes"][1].pop()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(short)
    (tmp_path / "change.json").write_bytes(difference)
    for command in ("summary", "table", "tree", "report", "export"):
        options = ["--format", "folded"] if command == "export" else []
        done = subprocess.run(
            [sys.executable, "-m", "filprofiler", command, *options, tmp_path / "change.json"],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert (
            "change.json: not a profile but the difference of two" in done.stderr
            and len(done.stderr.splitlines()) == 1
        )
