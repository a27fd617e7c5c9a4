# SPDX-License-Identifier: Apache-2.0
"""What was measured, kept as JSON: a run replaces what it measures again, and leaves the rest."""

import json
import platform
import re
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.catalogue import LOADED_TARGET, WORKLOADS, Figure, Workload, cpu
from benchmarks.environments import REPOSITORY


@dataclass
class Result:
    """A workload under a tool: the values of its figures and of CPU, wall and memory ratios, one a
    pair; or why there are none."""

    workload: str
    tool: str
    plain_seconds: float = 0
    values: dict[str, list[float]] = field(default_factory=dict)
    error: str | None = None
    when: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M"))
    commit: str = field(default_factory=lambda: commit())


def commit() -> str:
    """Return the checkout's commit."""
    return subprocess.run(
        ["git", "-C", REPOSITORY, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()


def figures_of(workload: Workload, tool: str) -> tuple[Figure, ...]:
    """Return the figures that are told of a workload: loaded but not recording, it is always the
    CPU time."""
    return (
        cpu(LOADED_TARGET)
        if tool == "loaded" and workload is not WORKLOADS[0]
        else workload.figures
    )


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    processors = Path("/proc/cpuinfo").read_text()
    names = re.findall(r"^model name\s*: (.*)$", processors, re.MULTILINE) or [platform.machine()]
    return {
        "processor": names[0],
        "cores": str(len(names)),
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
        "python": platform.python_version(),
    }


@dataclass(frozen=True)
class Summary:
    """Median, minimum and maximum."""

    median: float
    least: float
    most: float

    def text(self, unit: str) -> str:
        """Return the median, with the others in brackets where they are told apart."""
        median, least, most = (unit.format(value) for value in (self.median, self.least, self.most))
        return median if least == most else f"{median} [{least} … {most}]"


def summary(values: list[float]) -> Summary:
    """Sum up the values of a figure."""
    return Summary(statistics.median(values), min(values), max(values))


FOLDER = REPOSITORY / "docs/measured"


def file_of_this_python() -> Path:
    """Return the file in which results are kept: figures of two versions of Python don't belong
    into one table."""
    return FOLDER / f"python{sys.version_info.major}.{sys.version_info.minor}.json"


class Results:
    """All results, by workload and tool, and the file they are kept in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        kept: dict[str, Any] = (
            json.loads(path.read_text())
            if path.exists()
            else {"machine": machine(), "results": [], "suite": {}}
        )
        self.machine: dict[str, str] = kept["machine"]
        self.suite: dict[str, dict[str, object]] = kept["suite"]
        self._by_key = {
            (result["workload"], result["tool"]): Result(**result) for result in kept["results"]
        }

    def get(self, workload: str, tool: str) -> Result | None:
        """Find a result."""
        return self._by_key.get((workload, tool))

    def all(self) -> list[Result]:
        """Return all."""
        return list(self._by_key.values())

    def tools(self) -> list[str]:
        """Return the names of the tools that anything is known of."""
        return list(dict.fromkeys(tool for _, tool in self._by_key))

    def put(self, result: Result) -> None:
        """Keep a result, at once: a run may be ended before it is done."""
        self._by_key[result.workload, result.tool] = result
        self.save()

    def save(self) -> None:
        """Write the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.machine = machine()
        kept = {
            "machine": self.machine,
            "results": [asdict(result) for result in self._by_key.values()],
            "suite": self.suite,
        }
        self.path.write_text(json.dumps(kept, indent=1) + "\n")
