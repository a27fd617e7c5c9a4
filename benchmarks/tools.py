# SPDX-License-Identifier: Apache-2.0
"""The tools that are compared, and how each is started."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import environments

Command = Callable[[str, list[str], Path], list[str]]


@dataclass(frozen=True)
class Tool:
    """A tool: `command(python, program, folder)` runs a program and leaves what it finds in the
    folder."""

    name: str
    title: str
    environment: str
    requirements: tuple[str, ...]
    command: Command
    report: Command | None = None  # what makes a page of it afterwards, where the run doesn't

    def make_ready(self) -> None:
        """Make its environment. Raises Missing."""
        requirements = (
            (environments.our_wheel(),) if self.environment == "ours" else self.requirements
        )
        environments.make(self.environment, requirements)

    def line(self, program: list[str], folder: Path) -> list[str]:
        """Return the command line that runs the program under it."""
        return self.command(str(environments.python_of(self.environment)), program, folder)

    def report_line(self, folder: Path) -> list[str] | None:
        """Return the command line that makes the report, where it is one of its own."""
        return (
            self.report(str(environments.python_of(self.environment)), [], folder)
            if self.report
            else None
        )


def _memray(*options: str) -> Command:
    return lambda python, program, folder: [
        python,
        "-m",
        "memray",
        "run",
        *options,
        "-q",
        "-f",
        "-o",
        f"{folder}/memray.bin",
        *program,
    ]


def _memray_report(python: str, _program: list[str], folder: Path) -> list[str]:
    return [
        python,
        "-m",
        "memray",
        "flamegraph",
        "-f",
        "-o",
        f"{folder}/memray.html",
        f"{folder}/memray.bin",
    ]


def _fil_profile_run(results: str) -> Command:
    """Return the command of both profilers of that name, with the results in this folder."""
    options = ["-m", "filprofiler", "--no-browser", "-o"]
    return lambda python, program, folder: [
        python,
        *options,
        f"{folder}/{results}",
        "run",
        *program,
    ]


MEMRAY = ("memray==1.20.*",)
PLAIN = Tool(
    "plain", "plain Python", "plain", (), lambda python, program, _folder: [python, *program]
)
OURS = Tool(
    "ours",
    "fil-profile run",
    "ours",
    (),
    _fil_profile_run("ours"),
)
LOADED = Tool(
    "loaded",
    "fil-profile python, not recording",
    "ours",
    (),
    lambda python, program, _folder: [python, "-m", "filprofiler", "python", *program],
)
FIL = Tool(
    "fil",
    "Fil 2024.11.2",
    "fil",
    ("filprofiler==2024.11.2",),
    _fil_profile_run("fil"),
)
TOOLS = {
    tool.name: tool
    for tool in (
        OURS,
        LOADED,
        FIL,
        Tool("memray", "memray 1.20", "memray", MEMRAY, _memray(), _memray_report),
        Tool(
            "memray-objects",
            "memray 1.20, all objects",
            "memray",
            MEMRAY,
            _memray("--trace-python-allocators"),
            _memray_report,
        ),
        Tool(
            "scalene",
            "Scalene, with memory",
            "scalene",
            ("scalene",),
            lambda python, program, folder: [
                python,
                "-m",
                "scalene",
                "run",
                "--memory",
                "-o",
                f"{folder}/scalene.json",
                *program,
            ],
        ),
        Tool(
            "tracemalloc",
            "tracemalloc, 25 frames",
            "plain",
            (),
            lambda python, program, _folder: [python, "-X", "tracemalloc=25", *program],
        ),
    )
}
