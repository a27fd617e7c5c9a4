# SPDX-License-Identifier: Apache-2.0
"""Results in the terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks import suite
from benchmarks.catalogue import WORKLOADS, Figure, Workload
from benchmarks.results import Result, Results, figures_of, summary
from benchmarks.tools import TOOLS


def target_text(figure: Figure) -> str:
    """Say what is wanted."""
    return (
        ""
        if figure.target is None
        else f"{'≤' if figure.at_most else '≥'} {figure.unit.format(figure.target)}"
    )


def verdict(figure: Figure, result: Result) -> str:
    """Say whether our target is met; peers have none."""
    if figure.target is None or result.tool not in ("ours", "loaded"):
        return ""
    return "met" if figure.met(summary(result.values[figure.name]).median) else "missed"


def distance(figure: Figure, value: float) -> str:
    """Say how far a value is from the target."""
    assert figure.target is not None
    return figure.unit.format(abs(value - figure.target)).lstrip("+")


def line(workload: Workload, result: Result) -> str:
    """Return a line for a result that was just measured, with rich's markup."""
    head = f"{workload.name:26} {result.tool:15} "
    if result.error:
        return f"{head}[red]failed: {escape(result.error)}[/]"
    told = []
    for figure in figures_of(workload, result.tool):
        judged = verdict(figure, result)
        colour = {"met": "green", "missed": "red", "": "default"}[judged]
        text = escape(summary(result.values[figure.name]).text(figure.unit))
        told.append(
            f"{figure.name} [{colour}]{text}[/]"
            + (f" ({target_text(figure)}: {judged})" if judged else "")
        )
    others = {"wall": "{:.2f}", "rss": "{:.2f}"}
    told += [
        f"{name} {summary(result.values[name]).median:.2f}"
        for name in others
        if name in result.values
    ]
    return head + " · ".join(told)


def cell(figure: Figure, result: Result, short: bool) -> str:
    """Return what stands in a table for a figure: the median alone where there are many columns."""
    if result.error:
        return "failed"
    told = summary(result.values[figure.name])
    return figure.unit.format(told.median) if short else told.text(figure.unit)


def show(results: Results, console: Console) -> None:
    """Print all that is known: the figures that have targets, then wall time and memory."""
    tools = [name for name in TOOLS if name in results.tools()]
    figures = Table(
        "workload", "", "target", *tools, title="What it costs: medians", title_justify="left"
    )
    ratios = Table(
        "workload",
        "plain, s",
        *tools,
        title="Wall time / peak resident memory, as ratios to plain Python",
        title_justify="left",
    )
    for workload in WORKLOADS:
        known = {name: result for name in tools if (result := results.get(workload.name, name))}
        if not known:
            continue
        for figure in workload.figures:
            cells = []
            for name in tools:
                result = known.get(name)
                told = next(
                    (own for own in figures_of(workload, name) if own.name == figure.name), None
                )
                judged = verdict(told, result) if told and result and not result.error else ""
                colour = {"met": "green", "missed": "red", "": "default"}[judged]
                cells.append(
                    f"[{colour}]{escape(cell(told, result, len(tools) > 2))}[/]"
                    if told and result
                    else ""
                )
            figures.add_row(workload.name, figure.name, target_text(figure), *cells)
        seconds = next(iter(known.values())).plain_seconds
        ratios.add_row(
            workload.name, f"{seconds:.2f}", *(wall_and_memory(known.get(name)) for name in tools)
        )
    console.print(figures)
    console.print(ratios)
    if told_suite := suite.verdict(results):
        console.print(told_suite)
    for result in (results.get(workload.name, name) for workload in WORKLOADS for name in tools):
        if result and result.error:
            console.print(f"{result.workload} under {result.tool} failed: {escape(result.error)}")


def wall_and_memory(result: Result | None) -> str:
    """Return the two ratios."""
    if not result or result.error:
        return "failed" if result else ""
    wall = f"{summary(result.values['wall']).median:.2f} / " if "wall" in result.values else ""
    return f"{wall}{summary(result.values['rss']).median:.2f}"
