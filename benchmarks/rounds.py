# SPDX-License-Identifier: Apache-2.0
"""Runs a workload plain and under each tool: in turn (A B C, A B C, ...), and side by side (A and
B, A and C, ...)."""

import shutil
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks import catalogue, measure
from benchmarks.catalogue import EMPTY, Pair, Workload
from benchmarks.measure import Failed, Usage
from benchmarks.results import Result, figures_of
from benchmarks.tools import PLAIN, Tool

RATIOS = ("cpu", "wall", "rss")
# an empty script takes a tenth of a second or less, and is subtracted from all that is measured
EMPTY_ROUNDS = 9


class Rounds:
    """The measuring of several workloads: a folder, the tools, and what each takes for an empty
    program."""

    def __init__(self, tools: list[Tool], pairs: int, say: Callable[[str], None]) -> None:
        self.tools, self.pairs, self.say = tools, pairs, say
        self.folder = Path(tempfile.mkdtemp(prefix="fil-bench-"))
        self.output = self.folder / "output"
        self.empty: dict[str, Usage] = {}

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _library(self, name: str) -> Path:
        return measure.compiled(name, self.folder, ("-shared", "-fPIC"))

    def _line(self, tool: Tool, workload: Workload) -> list[str]:
        """Return the command line of a workload under a tool, with an empty folder for what the
        tool finds."""
        shutil.rmtree(self.output, ignore_errors=True)
        self.output.mkdir()
        return tool.line(catalogue.command(workload, self._library), self.output)

    def once(self, tool: Tool, workload: Workload, with_report: bool = False) -> Usage:
        """Run a workload under a tool, and what makes the report afterwards, if asked for. Raises
        Failed."""
        usage = measure.run(self._line(tool, workload), self.folder)
        report = tool.report_line(self.output)
        if not (report and with_report):
            return usage
        after = measure.run(report, self.folder)
        wall, cpu, rss = usage.wall + after.wall, usage.cpu + after.cpu, max(usage.rss, after.rss)
        return replace(usage, wall=wall, cpu=cpu, rss=rss, ended_at=usage.ended_at + after.wall)

    def measure_empty(self) -> None:
        """Measure an empty program under each tool: it is subtracted from the others. A tool that
        fails that is left out."""
        all_runs: dict[str, list[Usage]] = {}
        for _ in range(EMPTY_ROUNDS):
            for tool in [PLAIN, *self.tools]:
                try:
                    all_runs.setdefault(tool.name, []).append(self.once(tool, EMPTY))
                except Failed as failed:
                    self.say(f"{tool.title}: left out, can't even run an empty script: {failed}")
                    self.tools = [other for other in self.tools if other is not tool]
        for name, runs in all_runs.items():
            middle = {
                kind: statistics.median(getattr(run, kind) for run in runs) for kind in RATIOS
            }
            noted = [run.figures["done_cpu"] for run in runs if "done_cpu" in run.figures]
            end = {"done_cpu": statistics.median(noted)} if noted else {}
            self.empty[name] = Usage(middle["cpu"], middle["wall"], int(middle["rss"]), 0, end)

    def measure(self, workload: Workload) -> list[Result]:
        """Measure a workload; one result a tool. A tool that fails isn't tried again.

        Pairs side by side follow one another; only the first comes after a run alone. What ran
        before leaves its memory to the next, and of two that start after one that ran alone the
        later gets what is left: plain Python beside itself, with large arrays, was 1 to 6 % slower
        so."""
        wanted = [tool for tool in self.tools if tool.name != "loaded" or workload.loaded]
        results = {tool.name: Result(workload.name, tool.name) for tool in wanted}
        plain_seconds: list[float] = []
        for _ in range(self.pairs):
            try:
                plain = self.once(PLAIN, workload)
            except Failed as failed:
                for result in results.values():
                    result.error = f"plain Python: {failed}"
                break
            plain_seconds.append(plain.cpu)
            for tool in wanted:
                _note(results[tool.name], partial(self._in_turn, workload, tool, plain))
        for _ in range(self.pairs if workload.on_one_processor else 0):
            for tool in wanted:
                _note(results[tool.name], partial(self._side_by_side, workload, tool))
        for result in results.values():
            result.plain_seconds = statistics.median(plain_seconds) if plain_seconds else 0
        return list(results.values())

    def _in_turn(self, workload: Workload, tool: Tool, plain: Usage) -> dict[str, float]:
        """Run the other half of a pair, and give its figures: not the ratio of CPU time, if that
        can be told side by side. Raises Failed."""
        pair = self._pair(tool, plain, self.once(tool, workload, workload.with_report))
        values = {
            figure.name: figure.value(pair)
            for figure in figures_of(workload, tool.name)
            if not figure.is_ratio
        }
        values["rss"] = pair.tool.rss / pair.plain.rss
        if workload is EMPTY:
            return values
        values["wall"] = pair.ratio("wall")
        return values if workload.on_one_processor else values | self._ratio(workload, tool, pair)

    def _side_by_side(self, workload: Workload, tool: Tool) -> dict[str, float]:
        """Run a pair at the same time, and give the ratio of CPU time. Raises Failed."""
        lines = [self._line(each, workload) for each in (PLAIN, tool)]
        return self._ratio(
            workload, tool, self._pair(tool, *measure.run_side_by_side(lines, self.folder))
        )

    def _pair(self, tool: Tool, plain: Usage, used: Usage) -> Pair:
        return Pair(plain, used, self.empty["plain"], self.empty[tool.name])

    def _ratio(self, workload: Workload, tool: Tool, pair: Pair) -> dict[str, float]:
        """Return the ratio of CPU time of a pair, and what part of it the report is."""
        values = {
            figure.name: figure.value(pair)
            for figure in figures_of(workload, tool.name)
            if figure.is_ratio
        }
        values["cpu"] = pair.ratio("cpu")
        if (report := pair.report()) is not None:
            values["report"] = report
        return values


def _note(result: Result, measured: Callable[[], dict[str, float]]) -> None:
    """Note the figures of a pair, or why there are none; a tool that failed isn't tried again."""
    if result.error:
        return
    try:
        for name, value in measured().items():
            result.values.setdefault(name, []).append(value)
    except Failed as failed:
        result.error = str(failed)
