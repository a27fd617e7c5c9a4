# SPDX-License-Identifier: Apache-2.0
"""The fuzz targets of tests/fuzz: how they are built, and what they begin with."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from support.compiled import WARNINGS
from support.engine import ENGINES_READERS, READOUT
from support.generated import write_headers
from support.running import REPOSITORY

FLAGS = (*WARNINGS, "-g", "-O1", "-fno-sanitize-recover=all")
PLATFORM = sorted((REPOSITORY / "filext/platform").glob("*.c"))
REPORT = sorted((REPOSITORY / "report").glob("*.c"))
BASE = sorted((REPOSITORY / "filext/base").glob("*.c"))
READER = [*BASE, *ENGINES_READERS]
BLACKBOX_READER = [*REPORT, *READER, *PLATFORM, *READOUT]
SOURCES = {
    "profiles": [*REPORT, *READER, *PLATFORM],
    "blackboxes": BLACKBOX_READER,
    "mappings": [*BASE, *sorted((REPOSITORY / "filext/engine").glob("*.c")), *PLATFORM],
}
HOSTILE = [
    "a;b",
    "]]>",
    "<script>alert(1)</script>",
    "</script>",
    "é\u2028\u0085\ufffe",
    "line\nbreak\ttab\x00\x7f",
    "'\"&",
    "x" * 300,
    "",
]


def build(
    target: str, compiler: list[str], folder: Path, compiled: Sequence[Path] | None = None
) -> Path:
    """Compile a target. `compiler`: with the sanitizers' flags, and the source of whatever calls
    the target. `compiled`: of the target's sources, where that is done already."""
    write_headers(folder)
    program = folder / target
    source = REPOSITORY / "tests/fuzz" / f"{target}.c"
    definitions = ['-DFIL_VERSION="test"', f"-I{folder}"]
    line = [
        *compiler,
        *FLAGS,
        *definitions,
        "-o",
        str(program),
        str(source),
        *map(str, compiled or SOURCES[target]),
        "-lcjson",
        "-lm",
        "-lpthread",
    ]
    subprocess.run(line, check=True)
    return program


def profile(chance: random.Random) -> dict[str, Any]:
    """Make a profile with all members and hostile names."""
    names = [chance.choice(HOSTILE) for _ in range(12)]
    functions = [{"name": "", "file": "", "first_line": 0}]
    functions += [
        {
            "name": name,
            "file": chance.choice([*HOSTILE, "a.py", "<frozen importlib._bootstrap>"]),
            "first_line": 3,
        }
        for name in names
    ]
    nodes = [[0, 0, 0, 100, 1]]
    nodes += [
        [
            chance.randrange(i),
            chance.randrange(1, 13),
            chance.randrange(20),
            chance.choice([0, 5, 70_000_000]),
            i,
        ]
        for i in range(1, 40)
    ]
    total = sum(node[3] for node in nodes)
    return {
        "format": "filprofiler", "version": 1, "kind": chance.choice(["peak", "out-of-memory"]),
        "reason": chance.choice(HOSTILE),
        "command": names[:3], "python": "3.11.7", "pid": 1, "started": 1.5, "seconds": 2.5,
        "peak_at_seconds": 1.25,
        "peak_bytes": total, "untouched_bytes": 7, "error_bound_bytes": 3, "requested_bytes": 9,
        "live_bytes": 5,
        "timeline": {"bucket_seconds": 0.5, "bytes": [1, total, 5], "resident_bytes": [0, 9, 0]},
        "resident": {"start_bytes": 1, "at_peak_bytes": 2, "most_bytes": 3, "rest_bytes": -4},
        "functions": functions, "nodes": nodes, "threads": ["MainThread", names[4]],
        "kinds": ["heap", "anonymous mapping"],
        "parts": [[1, 1, 1, 5, 1], [2, 0, 0, 4, 4]],
        "files": [{"path": names[5], "node": 2, "mapped_bytes": 4096, "resident_bytes": 0}],
        "sources": {names[6]: {"3": names[7]}, "a.py": {"1": names[8]}},
        "texts": {names[6]: [[1, names[7]], [9, "\n".join(names)]], "a.py": [[1, names[8]]]},
    }  # fmt: skip


def compile_victim(folder: Path) -> None:
    """Compile a program that records made-up events, with the optimizations that are shipped."""
    engine = [*BASE, *sorted((REPOSITORY / "filext/engine").glob("*.c")), *PLATFORM]
    source = REPOSITORY / "tests/engine/c/blackbox_victim.c"
    line: list[str | Path] = [
        "cc",
        "-std=gnu11",
        "-O2",
        "-flto",
        "-o",
        folder / "victim",
        source,
        *engine,
    ]
    subprocess.run([*line, "-lpthread"], check=True, capture_output=True)


def blackbox(victim: Path, folder: Path) -> Path:
    """Make a black box: that of a process that was killed while it recorded made-up events."""
    box, counter = folder / "victim.fil", folder / "counter"
    counter.write_bytes(bytes(4096))
    box.unlink(missing_ok=True)
    with subprocess.Popen([victim, box, counter, "7", "0", "large"]) as process:
        while int.from_bytes(counter.read_bytes()[:8], sys.byteorder) < 2000:
            assert process.poll() is None, "the victim ended by itself"
        process.kill()
    return box


def seeds(target: str, folder: Path, victim: Callable[[], Path]) -> list[Path]:
    """Write what the target's inputs begin with. `victim`: returns the compiled victim."""
    chance = random.Random(1)
    if target == "blackboxes":
        return [blackbox(victim(), folder)]
    made = []
    for number in range(8):
        data = (
            json.dumps(profile(chance)).encode() if target == "profiles" else chance.randbytes(600)
        )
        made.append(folder / f"{target}-{number}")
        made[-1].write_bytes(data)
    return made


def main() -> None:
    """`./dev fuzz [SECONDS]`: libFuzzer on each target for so long."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "600"
    for target in SOURCES:
        folder = REPOSITORY / "build/fuzz" / target
        (folder / "found").mkdir(parents=True, exist_ok=True)
        corpus = folder / "corpus"
        corpus.mkdir(exist_ok=True)

        def victim(folder: Path = folder) -> Path:
            compile_victim(folder)
            return folder / "victim"

        for seed in seeds(target, folder, victim):
            (corpus / seed.name).write_bytes(seed.read_bytes())
        program = build(target, ["clang", "-fsanitize=fuzzer,address,undefined"], folder)
        limits = [
            f"-max_total_time={seconds}",
            "-timeout=20",
            "-rss_limit_mb=2500",
            "-max_len=2000000",
            f"-artifact_prefix={folder}/found/",
        ]
        subprocess.run([program, *limits, corpus], check=True)


if __name__ == "__main__":
    main()
