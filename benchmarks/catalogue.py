# SPDX-License-Identifier: Apache-2.0
"""The workloads, what is told of each, and the most that it may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Usage

FOLDER = Path(__file__).parent / "workloads"
MB = 1e6


@dataclass(frozen=True)
class Pair:
    """A run under a tool, the plain run beside it, and what both sides take for an empty
    program."""

    plain: Usage
    tool: Usage
    plain_empty: Usage
    tool_empty: Usage

    def ratio(self, kind: str) -> float:
        """Return the ratio of CPU or wall time, start-up and an empty report apart."""
        used = float(getattr(self.tool, kind) - getattr(self.tool_empty, kind))
        return used / float(getattr(self.plain, kind) - getattr(self.plain_empty, kind))

    def after_the_program(self) -> float:
        """Return the seconds from the program's own end to the process's, more than plain."""
        return (self.tool.ended_at - self.tool.figures["done_at"]) - (
            self.plain.ended_at - self.plain.figures["done_at"]
        )

    def report(self) -> float | None:
        """Return what part of the ratio of CPU time comes after the program's own end, more than
        for an empty program; None: not known."""
        sides = (self.tool, self.plain, self.tool_empty, self.plain_empty)
        if any("done_cpu" not in usage.figures for usage in sides):
            return None  # a tool that ends the process without Python's own end
        after = [usage.cpu - usage.figures["done_cpu"] for usage in sides]
        return (after[0] - after[1] - (after[2] - after[3])) / (
            self.plain.cpu - self.plain_empty.cpu
        )

    def own_share(self) -> float:
        """Return the tool's own memory, but for 8 MB, as a share of what the program itself
        takes."""
        return (self.tool.rss - self.plain.rss - 8 * MB) / (self.plain.rss - self.plain_empty.rss)


@dataclass(frozen=True)
class Figure:
    """What is told of a workload, e.g. the ratio of CPU time."""

    name: str
    unit: str  # format of the number
    value: Callable[[Pair], float]
    target: float | None = None
    at_most: bool = True
    is_ratio: bool = (
        False  # of CPU time: told of the pair that ran side by side, where there is one
    )

    def met(self, value: float) -> bool:
        """Whether a value, as exact as it is printed, is as good as wanted."""
        told = round(value, 2)
        return self.target is not None and (
            told <= self.target if self.at_most else told >= self.target
        )


@dataclass(frozen=True)
class Workload:
    """A program: a file in workloads/ with arguments, and the figures that matter; CPU, wall and
    memory are told of each anyhow."""

    name: str
    file: str
    figures: tuple[Figure, ...]
    arguments: tuple[str, ...] = ()
    library: str | None = None  # of native/, compiled; its path is the last argument
    loaded: bool = False  # whether it is measured also with the profiler loaded, but not recording
    needs_torch: bool = False
    with_report: bool = False  # whether a report that is a command of its own belongs to it
    on_one_processor: bool = (
        True  # whether it means the same there: it can run beside plain Python then
    )


def cpu(target: float | None = None) -> tuple[Figure, ...]:
    """Return the figure of most workloads."""
    return (Figure("CPU time", "{:.2f}", lambda pair: pair.ratio("cpu"), target, is_ratio=True),)


START = (
    Figure(
        "wall time, more than plain",
        "{:+.0f} ms",
        lambda pair: 1000 * (pair.tool.wall - pair.plain.wall),
        40,
    ),
    Figure(
        "CPU time, more than plain",
        "{:+.0f} ms",
        lambda pair: 1000 * (pair.tool.cpu - pair.plain.cpu),
    ),
    Figure(
        "memory, more than plain", "{:+.0f} MB", lambda pair: (pair.tool.rss - pair.plain.rss) / MB
    ),
)
PAIRS_IN_C = (
    Figure(
        "a pair, more than plain",
        "{:+.0f} ns",
        lambda pair: pair.tool.figures["ns_per_pair"] - pair.plain.figures["ns_per_pair"],
        18,
    ),
    Figure(
        "speed-up of two threads, part of plain's",
        "{:.0%}",
        lambda pair: pair.tool.figures["speed_up"] / pair.plain.figures["speed_up"],
        0.95,
        at_most=False,
    ),
)
REPORT = (
    Figure("report, wall", "{:.1f} s", Pair.after_the_program, 5),
    Figure(
        "memory, more than plain",
        "{:.0f} MB",
        lambda pair: (pair.tool.rss - pair.plain.rss) / MB,
        300,
    ),
)
OWN = (Figure("own memory less 8 MB, part of the program's", "{:.0%}", Pair.own_share, 0.15),)

EMPTY = Workload(
    "empty script", "nothing", START, loaded=True, with_report=True, on_one_processor=False
)
WORKLOADS = (
    EMPTY,
    Workload("calls without allocations", "calls", cpu(1.02), loaded=True),
    Workload("fib(30)", "fibonacci", cpu(1.20), loaded=True),
    Workload("small objects", "small_objects", cpu(1.15), loaded=True),
    Workload("json.loads", "json_loads", cpu(1.15), loaded=True),
    Workload("each allocation a new peak", "new_peaks", cpu(1.15)),
    Workload("pandas", "pandas_table", cpu(1.20), loaded=True),
    Workload("NumPy arithmetic", "numpy_arithmetic", cpu(1.02), loaded=True),
    Workload("scikit-learn", "scikit_learn_fit", cpu(1.20)),
    Workload("regular expressions", "tokenizer", cpu(1.20)),
    Workload("asyncio, 10,000 tasks", "asyncio_tasks", cpu(1.20)),
    Workload("recursion, 50 deep", "recursion", cpu(1.40), ("50",)),
    Workload("recursion, 300 deep", "recursion", cpu(1.80), ("300",)),
    Workload("10 million (stack, size)", "distinct_events", cpu()),
    Workload("2 Python threads, no GIL", "threads", cpu(), ("2",), on_one_processor=False),
    Workload("8 Python threads, no GIL", "threads", cpu(), ("8",), on_one_processor=False),
    Workload("compression in C threads", "c_threads", cpu(1.02), on_one_processor=False),
    Workload(
        "malloc and free in C", "c_pairs", PAIRS_IN_C, library="malloc_free_pairs", loaded=True
    ),
    Workload("1,000,000 stacks", "distinct_stacks", REPORT, with_report=True),
    Workload("1,000,000 held objects", "held_objects", OWN),
    Workload("import numpy", "import_numpy", cpu(1.20)),
    Workload("import pandas", "import_pandas", cpu(1.20)),
    Workload("import torch", "import_torch", cpu(1.20), needs_torch=True),
)
LOADED_TARGET = 1.01


def command(workload: Workload, compile_library: Callable[[str], Path]) -> list[str]:
    """Return what stands behind `python`."""
    library = [str(compile_library(workload.library))] if workload.library else []
    return [str(FOLDER / f"{workload.file}.py"), *workload.arguments, *library]
