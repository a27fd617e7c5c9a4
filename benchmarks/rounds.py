# SPDX-License-Identifier: Apache-2.0
"""Runs a workload plain and under each tool: in turn (A B C, A B C, ...), and side by side (A and B, A and C, ...)."""

import shutil
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import catalogue, measure
from benchmarks.catalogue import EMPTY, Pair, Workload
from benchmarks.measure import Failed, Usage
from benchmarks.results import Result, figures_of
from benchmarks.tools import PLAIN, Tool

RATIOS = ("cpu", "wall", "rss")
EMPTY_ROUNDS = 9  # an empty script takes a tenth of a second or less, and is subtracted from all that is measured


class Rounds:
    """The measuring of several workloads: a folder, the tools, and what each takes for an empty program."""

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
        """Give the command line of a workload under a tool, with an empty folder for what the tool finds."""
        shutil.rmtree(self.output, ignore_errors=True)
        self.output.mkdir()
        return tool.line(catalogue.command(workload, self._library), self.output)

    def once(self, tool: Tool, workload: Workload, with_report: bool = False) -> Usage:
        """Run a workload under a tool, and what makes the report afterwards, if asked for. Raises Failed."""
        usage = measure.run(self._line(tool, workload), self.folder)
        report = tool.report_line(self.output)
        if not (report and with_report):
            return usage
        after = measure.run(report, self.folder)
        wall, cpu, rss = usage.wall + after.wall, usage.cpu + after.cpu, max(usage.rss, after.rss)
        return replace(usage, wall=wall, cpu=cpu, rss=rss, ended_at=usage.ended_at + after.wall)

    def measure_empty(self) -> None:
        """Measure an empty program under each tool: it is subtracted from the others. A tool that fails that is left out."""
        all_runs: dict[str, list[Usage]] = {}
        for _ in range(EMPTY_ROUNDS):
            for tool in [PLAIN, *self.tools]:
                try:
                    all_runs.setdefault(tool.name, []).append(self.once(tool, EMPTY))
                except Failed as failed:
                    self.say(f"{tool.title}: left out, can't even run an empty script: {failed}")
                    self.tools = [other for other in self.tools if other is not tool]
        for name, runs in all_runs.items():
            middle = {kind: statistics.median(getattr(run, kind) for run in runs) for kind in RATIOS}
            noted = [run.figures["done_cpu"] for run in runs if "done_cpu" in run.figures]
            end = {"done_cpu": statistics.median(noted)} if noted else {}
            self.empty[name] = Usage(middle["cpu"], middle["wall"], int(middle["rss"]), 0, end)

    def measure(self, workload: Workload) -> list[Result]:
        """Measure a workload; one result a tool. A tool that fails isn't tried again."""
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
                result = results[tool.name]
                if not result.error:
                    self._add(result, workload, tool, plain)
        for result in results.values():
            result.plain_seconds = statistics.median(plain_seconds) if plain_seconds else 0
        return list(results.values())

    def _add(self, result: Result, workload: Workload, tool: Tool, plain: Usage) -> None:
        """Run the other half of a pair, and a pair side by side, and note the figures, or why there are none."""
        empty = self.empty["plain"], self.empty[tool.name]
        try:
            pair = beside = Pair(plain, self.once(tool, workload, workload.with_report), *empty)
            if workload.on_one_processor:
                lines = [self._line(each, workload) for each in (PLAIN, tool)]
                plain_beside, tool_beside = measure.run_side_by_side(lines, self.folder)
                beside = Pair(plain_beside, tool_beside, *empty)
        except Failed as failed:
            result.error = str(failed)
            return
        values = {figure.name: figure.value(beside if figure.is_ratio else pair) for figure in figures_of(workload, tool.name)}
        if workload is not EMPTY:
            values |= {"cpu": beside.ratio("cpu"), "wall": pair.ratio("wall")}
            if (report := beside.report()) is not None:
                values["report"] = report
        values["rss"] = pair.tool.rss / pair.plain.rss
        for name, value in values.items():
            result.values.setdefault(name, []).append(value)
