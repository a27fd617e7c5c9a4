# SPDX-License-Identifier: Apache-2.0
"""Writes what is known: the main figures of all versions of Python into docs/performance.md,
between its two marks, all tables into docs/measured/tables.md, and a picture."""

from benchmarks import plot, suite, table
from benchmarks.catalogue import WORKLOADS, Figure, Workload
from benchmarks.environments import REPOSITORY
from benchmarks.results import FOLDER, Result, Results, figures_of, summary
from benchmarks.tools import TOOLS

DOCUMENT = REPOSITORY / "docs/performance.md"
TABLES = FOLDER / "tables.md"
PICTURE = REPOSITORY / "docs/images/performance.svg"
BEGIN, END = "<!-- ./dev bench --record writes from here -->", "<!-- to here -->"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows), ""]


def our_rows(results: Results, tool: str) -> list[list[str]]:
    """Return what ours costs against its targets."""
    rows = []
    for workload in WORKLOADS:
        result = results.get(workload.name, tool)
        for figure in figures_of(workload, tool) if result else ():
            assert result
            if result.error:
                rows.append(
                    [
                        workload.name,
                        figure.name,
                        table.target_text(figure),
                        "failed: " + result.error,
                        "",
                        "",
                    ]
                )
                continue
            judged = table.verdict(figure, result)
            told = summary(result.values[figure.name])
            pairs = f", {len(result.values[figure.name])} pairs"
            if judged == "missed" and figure.target is not None:
                judged = f"**missed** by {table.distance(figure, told.median)}"
            report = (
                f"{summary(result.values['report']).median:.2f}"
                if figure.is_ratio and "report" in result.values
                else ""
            )
            rows.append(
                [
                    workload.name,
                    figure.name,
                    table.target_text(figure),
                    told.text(figure.unit) + pairs,
                    report,
                    judged,
                ]
            )
    return rows


def _cell(result: Result | None, name: str) -> str:
    if not result:
        return ""
    if result.error:
        return "failed"
    return f"{summary(result.values[name]).median:.2f}" if name in result.values else ""


def ratio_rows(results: Results, name: str, tools: list[str]) -> list[list[str]]:
    """Return a row a workload for CPU or wall time or memory, with a column a tool."""
    rows = []
    for workload in WORKLOADS:
        known = {tool: results.get(workload.name, tool) for tool in tools}
        first = next((result for result in known.values() if result), None)
        if first and any(
            result and (result.error or name in result.values) for result in known.values()
        ):
            rows.append(
                [
                    workload.name,
                    f"{first.plain_seconds:.1f}",
                    *(_cell(known[tool], name) for tool in tools),
                ]
            )
    return rows


def special_rows(results: Results, workload: Workload, tools: list[str]) -> list[list[str]]:
    """Return a row a figure of a workload that has others than the CPU time."""
    rows = []
    for figure in workload.figures:
        cells = []
        for tool in tools:
            result = results.get(workload.name, tool)
            told = (
                summary(result.values[figure.name])
                if result and figure.name in result.values
                else None
            )
            cells.append(
                figure.unit.format(told.median)
                if told
                else ("failed" if result and result.error else "")
            )
        rows.append([workload.name, figure.name, *cells])
    return rows


def _about(results: Results) -> str:
    about = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    measured = sorted({(result.when[:10], result.commit) for result in results.all()})
    days = ", ".join(f"{day} at {commit}" if commit else day for day, commit in measured)
    return f"Machine: {about}.\nMeasured: {days}."


def _targets(results: Results) -> list[str]:
    head = ["workload", "", "target", "measured: median [least … most]", "of it the report", ""]
    lines = ["### Ours and its targets", "", *_table(head, our_rows(results, "ours"))]
    if "loaded" in results.tools():
        lines += [
            "### Loaded but not recording (`fil-profile python`)",
            "",
            *_table(head, our_rows(results, "loaded")),
        ]
    return lines


def _peers(results: Results, tools: list[str]) -> list[str]:
    titles = [TOOLS[name].title for name in tools]
    head = ["workload", "plain, s", *titles]
    special = [workload for workload in WORKLOADS if not workload.figures[0].is_ratio]
    lines = [
        "### All tools: CPU time as a ratio to plain Python",
        "",
        *_table(head, ratio_rows(results, "cpu", tools)),
    ]
    lines += ["### What isn't a ratio of CPU time", ""]
    lines += _table(
        ["workload", "", *titles],
        [row for workload in special for row in special_rows(results, workload, tools)],
    )
    lines += ["### Wall time as a ratio", "", *_table(head, ratio_rows(results, "wall", tools))]
    return [
        *lines,
        "### Peak resident memory as a ratio",
        "",
        *_table(head, ratio_rows(results, "rss", tools)),
    ]


def _suite(results: Results) -> list[str]:
    found = sorted(suite.medians(results).items(), key=lambda item: -item[1])
    lines = ["### pyperformance", "", suite.verdict(results) + ".", ""]
    lines += _table(["benchmark", "ratio"], [[name, f"{ratio:.2f}"] for name, ratio in found])
    return [
        *lines,
        *(
            f"- {name} is left out: {kept['error']}"
            for name, kept in results.suite.items()
            if "error" in kept
        ),
        "",
    ]


def _version(results: Results) -> list[str]:
    """Return what is known of one version of Python."""
    tools = [name for name in TOOLS if name in results.tools()]
    lines = [f"## Results: Python {results.machine['python']}", "", _about(results), ""]
    if len(tools) > 2:
        lines += ["![CPU time as a ratio to plain Python](../images/performance.svg)", ""]
    lines += _targets(results)
    if len(tools) > 2:
        lines += _peers(results, tools)
    failed = [
        f"- {result.workload}, {TOOLS[result.tool].title}: {result.error}"
        for result in results.all()
        if result.error
    ]
    if failed:
        lines += ["### What failed", "", *failed, ""]
    return lines + (_suite(results) if results.suite else [])


def _short(result: Result | None, figure: Figure) -> str:
    """Return the median of a figure, and whether it missed its target."""
    if not result or (not result.error and figure.name not in result.values):
        return ""
    if result.error:
        return "failed"
    told = figure.unit.format(summary(result.values[figure.name]).median)
    return f"**{told}**" if table.verdict(figure, result) == "missed" else told


def short_rows(versions: list[Results], tool: str) -> list[list[str]]:
    """Return a row a figure of one of our tools, with a column a version of Python."""
    rows = []
    for workload in WORKLOADS:
        for figure in figures_of(workload, tool):
            cells = [_short(results.get(workload.name, tool), figure) for results in versions]
            if any(cells):
                rows.append([workload.name, figure.name, table.target_text(figure), *cells])
    return rows


def _overview(versions: list[Results]) -> list[str]:
    """Return the main figures: ours and its targets, loaded, beside the peers."""
    head = ["workload", "", "target", *(results.machine["python"] for results in versions)]
    first = versions[0]
    tools = [name for name in TOOLS if name in first.tools()]
    titles = [TOOLS[name].title for name in tools]
    lines = ["![CPU time as a ratio to plain Python](images/performance.svg)", ""]
    lines += ["### `fil-profile run`", "", *_table(head, short_rows(versions, "ours"))]
    lines += ["### Loaded but not recording (`fil-profile python`)", ""]
    lines += _table(head, short_rows(versions, "loaded"))
    if len(tools) > 2:
        lines += [f"### Beside others: CPU time as a ratio, Python {first.machine['python']}", ""]
        lines += _table(["workload", "plain, s", *titles], ratio_rows(first, "cpu", tools))
    for results in versions:
        if results.suite:
            lines.append(f"- {results.machine['python']}: {suite.verdict(results)}.")
    return [*lines, ""]


def record() -> None:
    """Write the document, the tables and the picture: the version with the peers first."""
    versions = sorted(
        (Results(path) for path in FOLDER.glob("*.json")), key=lambda results: -len(results.tools())
    )
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    text = "\n".join([BEGIN, "", *_overview(versions), END])
    DOCUMENT.write_text(before + text + rest.partition(END)[2])
    tables = [line for results in versions for line in _version(results)]
    head = ["# All that was measured", "", "`./dev bench --record` writes this page;"]
    head += ["[performance.md](../performance.md) says how it is measured.", ""]
    TABLES.write_text("\n".join([*head, *tables]))
    PICTURE.write_text(plot.picture(versions[0]))
