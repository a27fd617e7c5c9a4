# SPDX-License-Identifier: Apache-2.0
"""The pyperformance suite, plain and under the profiler.

Each benchmark's own script is run as pyperf's workers run it, in one process and with a given
number of loops, and times itself, in CPU time: start-up, imports and the report are outside of what
it times. Both run side by side on one processor, but for benchmarks that can't, since both want the
same port: these run in turn. Benchmarks that only start other programs say nothing about a profiler
that doesn't follow child processes, and are left out; the table says so."""

import json
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks import environments, measure
from benchmarks.measure import Failed
from benchmarks.results import Results, commit
from benchmarks.tools import OURS, PLAIN, Tool

NAME = "pyperformance"
TARGET = 1.10
SECONDS = 0.2  # of a value, from which the number of loops follows
IN_TURN = ("sphinx",)  # two at once empty each other's folder

# Only pyperformance itself knows what benchmarks there are for an interpreter. Printed: name,
# script, arguments, requirements.
LIST = """
import json, os, sys
from packaging.specifiers import SpecifierSet
from pyperformance._manifest import load_manifest
version = ".".join(map(str, sys.version_info[:3]))
for bench in sorted(load_manifest(None).resolve_group("default"), key=lambda bench: bench.name):
    if version in SpecifierSet(str(bench.python)):
        pins = bench.requirements_lockfile
        found = pins if os.path.exists(pins) else ""
        print(json.dumps([bench.name, bench.runscript, list(bench.extra_opts), found]))
"""


@dataclass(frozen=True)
class Benchmark:
    """One of the suite."""

    name: str
    script: str
    arguments: list[str]
    requirements: str

    def starts_programs(self) -> bool:
        """Whether what it times is another program."""
        text = Path(self.script).read_text()
        return "bench_command" in text or "multiprocessing" in text


def benchmarks() -> list[Benchmark]:
    """Make the environment, and list what the suite has for this interpreter."""
    # setuptools has the distutils that two of the suite's pinned libraries import, and Python 3.12
    # and later don't bring.
    environments.make(NAME, ("pyperformance", "packaging", "setuptools", environments.our_wheel()))
    done = subprocess.run(
        [environments.python_of(NAME), "-c", LIST], check=True, capture_output=True, text=True
    )
    return [Benchmark(*json.loads(line)) for line in done.stdout.splitlines()]


def _line(tool: Tool, benchmark: Benchmark, how: list[str], output: Path) -> list[str]:
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    program = [
        benchmark.script,
        *benchmark.arguments,
        "--worker",
        *how,
        "-o",
        str(output / "told.json"),
    ]
    return tool.command(str(environments.python_of(NAME)), program, output)


def values(benchmark: Benchmark, how: list[str], folder: Path) -> list[dict[str, float]]:
    """Run a benchmark plain and profiled, side by side or else in turn; the seconds that each of
    its parts took, of both. Raises Failed."""
    outputs = {tool: folder / f"output-{tool.name}" for tool in (PLAIN, OURS)}
    side_by_side = benchmark.name not in IN_TURN
    if side_by_side:
        lines = [_line(tool, benchmark, how, output) for tool, output in outputs.items()]
        try:
            measure.run_side_by_side(lines, folder, {"BENCH_CPU": "1"})
        except Failed:  # both want the same port
            side_by_side = False
    if not side_by_side:
        for tool, output in outputs.items():
            measure.run(_line(tool, benchmark, how, output), folder, {"BENCH_CPU": "1"})
    told = [json.loads((output / "told.json").read_text()) for output in outputs.values()]
    return [
        {
            str(part.get("metadata", kept["metadata"])["name"]): statistics.fmean(
                part["runs"][0]["values"]
            )
            for part in kept["benchmarks"]
        }
        for kept in told
    ]


def ratios(benchmark: Benchmark, pairs: int, folder: Path) -> list[float]:
    """Run a benchmark plain and profiled; a ratio a pair, the geometric mean of its parts. Raises
    Failed."""
    # Both run here too, though plain Python's seconds alone are asked for: a pair that follows a
    # lone run isn't fair (rounds.py).
    first = max(values(benchmark, ["-l", "1", "-n", "1", "-w", "1"], folder)[0].values())
    how = [
        "-l",
        str(max(1, round(SECONDS / max(first, 1e-6)))),
        "-n",
        "3" if first < 1 else "1",
        "-w",
        "1",
    ]
    found = []
    for _ in range(pairs):
        plain, profiled = values(benchmark, how, folder)
        found.append(statistics.geometric_mean(profiled[name] / plain[name] for name in plain))
    return found


def measure_all(results: Results, pairs: int, only: list[str], console: Console) -> None:
    """Measure the suite, or what of it is named so, and print a line for each benchmark."""
    folder = Path(tempfile.mkdtemp(prefix="fil-bench-"))
    try:
        for benchmark in benchmarks():
            if only and not any(part in benchmark.name for part in only):
                continue
            kept: dict[str, object] = {"when": time.strftime("%Y-%m-%d %H:%M"), "commit": commit()}
            try:
                if benchmark.starts_programs():
                    raise Failed("it times other programs, which aren't profiled")
                if benchmark.requirements:
                    environments.add(NAME, benchmark.requirements)
                kept["ratios"] = ratios(benchmark, pairs, folder)
            except (Failed, environments.Missing) as error:
                kept["error"] = str(error)
            results.suite[benchmark.name] = kept
            results.save()
            console.print(line(benchmark.name, kept), highlight=False, markup=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def line(name: str, kept: dict[str, object]) -> str:
    """Return the line of a benchmark."""
    if error := kept.get("error"):
        return f"{name:32} left out: {error}"
    found = kept["ratios"]
    assert isinstance(found, list)
    return f"{name:32} {statistics.median(found):.2f} [{min(found):.2f} … {max(found):.2f}]"


def medians(results: Results) -> dict[str, float]:
    """Return the ratio of each benchmark that there is one of."""
    found = {name: kept["ratios"] for name, kept in results.suite.items() if "ratios" in kept}
    return {
        name: statistics.median(ratios)
        for name, ratios in found.items()
        if isinstance(ratios, list)
    }


def verdict(results: Results) -> str:
    """Say in one line how the suite does as a whole."""
    found = medians(results)
    if not found:
        return ""
    mean = statistics.geometric_mean(found.values())
    left_out = len(results.suite) - len(found)
    judged = "met" if mean <= TARGET else "missed"
    return (
        f"pyperformance: {mean:.3f}, the geometric mean of {len(found)} benchmarks (≤ {TARGET}: "
        f"{judged}); {left_out} left out"
    )
