# SPDX-License-Identifier: Apache-2.0
"""The command line of `./dev bench`."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import document, environments, suite, table
from benchmarks.catalogue import EMPTY, WORKLOADS
from benchmarks.environments import Missing
from benchmarks.results import Results, file_of_this_python
from benchmarks.rounds import Rounds
from benchmarks.tools import PLAIN, TOOLS, Tool

EXAMPLES = """examples:
  ./dev bench                                     everything: hours, the peers are slow
  ./dev bench --tools ours --pairs 5              our own targets: a quarter of an hour
  ./dev bench --quick --tools ours,memray         one pair each
  ./dev bench --only json --only recursion        workloads whose name contains one of these
  ./dev bench --pyperformance --pairs 1           the pyperformance suite, plain and profiled
  ./dev bench --show                              what was measured last, by workload and tool
  ./dev bench --record                            the same, written into docs/performance.md
                                                  and its picture

A run replaces what it measures in docs/measured/ (a file a version of Python), and leaves the
rest."""


def options_of(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description="What the profiler and its peers cost, compared with plain Python.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="workloads whose name contains it; may be repeated",
    )
    parser.add_argument(
        "--tools",
        default=",".join(TOOLS),
        metavar="NAMES",
        help=f"of {', '.join(TOOLS)}; all by default",
    )
    parser.add_argument(
        "--pairs",
        type=int,
        default=5,
        metavar="N",
        help="runs of each workload, plain and under each tool (5)",
    )
    parser.add_argument("--quick", action="store_true", help="one pair")
    parser.add_argument(
        "--with-torch",
        action="store_true",
        help="install torch, too, which is very large, and measure its import",
    )
    parser.add_argument(
        "--pyperformance",
        action="store_true",
        help="run the pyperformance suite instead of the workloads",
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=file_of_this_python(),
        metavar="FILE",
        help="where results are kept (one in docs/measured/)",
    )
    parser.add_argument("--show", action="store_true", help="measure nothing, show what is known")
    parser.add_argument(
        "--record", action="store_true", help="measure nothing, write what is known into docs/"
    )
    options = parser.parse_args(arguments)
    options.tools = options.tools.split(",")
    unknown = [name for name in options.tools if name not in TOOLS]
    if unknown:
        parser.error(f"unknown tool {unknown[0]!r}: use {', '.join(TOOLS)}")
    if options.pairs < 1:
        parser.error("--pairs needs a number of 1 or more")
    if options.quick:
        options.pairs = 1
    return options


def ready(tools: list[Tool], say: Console) -> list[Tool]:
    """Make the environments; the tools that can be had here."""
    had = []
    for tool in tools:
        try:
            tool.make_ready()
            had.append(tool)
        except Missing as missing:
            say.print(f"{tool.title}: left out, it can't be installed for this Python: {missing}")
    return had


def bench(options: argparse.Namespace, results: Results, console: Console, say: Console) -> None:
    """Measure the workloads that were asked for."""
    chosen = [
        workload
        for workload in WORKLOADS
        if not options.only or any(part.lower() in workload.name.lower() for part in options.only)
    ]
    chosen = [workload for workload in chosen if not workload.needs_torch or options.with_torch]
    if not chosen:
        raise SystemExit(
            "./dev bench: no workload is named so; there are: "
            f"{', '.join(workload.name for workload in WORKLOADS)}"
        )
    environments.make_libraries(options.with_torch)
    PLAIN.make_ready()
    rounds = Rounds(ready([TOOLS[name] for name in options.tools], say), options.pairs, say.print)
    try:
        with say.status(EMPTY.name):
            rounds.measure_empty()
        for workload in chosen:
            with say.status(workload.name):
                measured = rounds.measure(workload)
            for result in measured:
                results.put(result)
                console.print(table.line(workload, result))
    finally:
        rounds.close()


def main() -> None:
    """Do what the command line says."""
    options = options_of(sys.argv[1:])
    # In a pipe or a file nothing is folded to 80 columns.
    console, say = (
        Console(highlight=False, stderr=stderr, width=None if file.isatty() else 180)
        for stderr, file in ((False, sys.stdout), (True, sys.stderr))
    )
    results = Results(options.json)
    if options.record:
        document.record()
        return
    if options.pyperformance:
        suite.measure_all(results, options.pairs, options.only, console)
    elif not options.show:
        bench(options, results, console, say)
    table.show(results, console)


main()
