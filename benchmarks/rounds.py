# SPDX-License-Identifier: Apache-2.0
"""Runs a workload plain and under each tool in turn: A B C, A B C, ..."""

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


class Rounds:
    """The measuring of several workloads: a folder, the tools, and what each takes for an empty program."""

    def __init__(self, tools: list[Tool], pairs: int, say: Callable[[str], None]) -> None:
        self.tools, self.pairs, self.say = tools, pairs, say
        self.folder = Path(tempfile.mkdtemp(prefix="fil-bench-"))
        self.empty: dict[str, Usage] = {}

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _library(self, name: str) -> Path:
        return measure.compiled(name, self.folder, ("-shared", "-fPIC"))

    def once(self, tool: Tool, workload: Workload, with_report: bool = False) -> Usage:
        """Run a workload under a tool, and what makes the report afterwards, if asked for. Raises Failed."""
        output = self.folder / "output"
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir()
        usage = measure.run(tool.line(catalogue.command(workload, self._library), output), self.folder)
        report = tool.report_line(output)
        if not (report and with_report):
            return usage
        after = measure.run(report, self.folder)
        wall, cpu, rss = usage.wall + after.wall, usage.cpu + after.cpu, max(usage.rss, after.rss)
        return replace(usage, wall=wall, cpu=cpu, rss=rss, ended_at=usage.ended_at + after.wall)

    def measure_empty(self) -> None:
        """Measure an empty program under each tool: it is subtracted from the others. A tool that fails that is left out."""
        for tool in [PLAIN, *self.tools]:
            try:
                runs = [self.once(tool, EMPTY) for _ in range(max(3, self.pairs))]
            except Failed as failed:
                self.say(f"{tool.title}: left out, can't even run an empty script: {failed}")
                self.tools = [other for other in self.tools if other is not tool]
                continue
            middle = {kind: statistics.median(getattr(run, kind) for run in runs) for kind in RATIOS}
            noted = [run.figures["done_cpu"] for run in runs if "done_cpu" in run.figures]
            end = {"done_cpu": statistics.median(noted)} if noted else {}
            self.empty[tool.name] = Usage(middle["cpu"], middle["wall"], int(middle["rss"]), 0, end)

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
        """Run the other half of a pair, and note its figures, or why there are none."""
        try:
            pair = Pair(plain, self.once(tool, workload, workload.with_report), self.empty["plain"], self.empty[tool.name])
        except Failed as failed:
            result.error = str(failed)
            return
        values = {figure.name: figure.value(pair) for figure in figures_of(workload, tool.name)}
        if workload is not EMPTY:
            values |= {"cpu": pair.ratio("cpu"), "wall": pair.ratio("wall")}
            if (report := pair.report()) is not None:
                values["report"] = report
        values["rss"] = pair.tool.rss / pair.plain.rss
        for name, value in values.items():
            result.values.setdefault(name, []).append(value)
