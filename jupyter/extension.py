# SPDX-License-Identifier: Apache-2.0
"""`%load_ext filprofiler` and `%%filprofile`.

A profiled cell stays an ordinary cell: it is not wrapped in anything. An input transformer turns the line `%%filprofile` into a comment, so
line numbers stay; the recording starts when the cell has been parsed, just before it runs (an AST transformer that changes nothing), so a
syntax error leaves nothing started; and it ends in IPython's post_run_cell event, whatever became of the cell.
"""

from __future__ import annotations

import re
from typing import Any

from filprofiler import _filext

WRONG_KERNEL = (
    'the profiler isn\'t loaded in this kernel. Choose the kernel "Python 3 with Fil" (menu Kernel > Change Kernel), then run %load_ext '
    "filprofiler and this cell again"
)
HELP = """\
%%filprofile

Shows which lines hold the memory at this cell's peak. Put it on the cell's first line; the cell runs as an ordinary cell.

Options:
  -h, --help   Print this text; the cell isn't run.
"""
FIRST_LINE = re.compile(r"%%filprofile(?:[ \t]+(?P<options>.*?))?[ \t]*$")


def _is_profiled(lines: list[str]) -> bool:
    """Whether the first of these lines is the magic without options, which asks for nothing but a recording."""
    match = FIRST_LINE.match(lines[0].rstrip("\n")) if lines else None
    return match is not None and not match["options"]


class Extension:
    """One shell's profiler: the recording of the cell that runs."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.running = 0  # cells, one inside the other where a magic runs a cell
        self.wanted = False  # the cell that is about to run asked for a recording
        self.cell: Any = None  # the recording of the cell that runs

    def transform(self, lines: list[str]) -> list[str]:
        """Input transformer. A nested cell keeps its magic, which runs it by `magic`."""
        match = FIRST_LINE.match(lines[0].rstrip("\n")) if lines else None
        if match and match["options"] and not "".join(lines[1:]).strip():
            return [
                lines[0].rstrip("\n") + "\n",
                "pass\n",
            ]  # IPython refuses a cell magic without a body, even for --help
        if self.running or not _filext.available() or not _is_profiled(lines):
            return lines
        return ["# " + lines[0].rstrip("\n") + "\n", *lines[1:]]

    def visit(self, tree: Any) -> Any:
        """AST transformer: the cell is about to run."""
        if self.wanted:
            self.wanted = False
            self.begin()
        return tree

    def begin(self) -> None:
        from filprofiler.jupyter.cell import CellRecording

        recording = CellRecording(self.shell)
        try:
            recording.begin()
        except RuntimeError as error:
            print(f"%%filprofile: not recorded: {error}")
            return
        self.cell = recording

    def finish(self, failure: BaseException | None) -> None:
        """End the recording and show the report; the cell's result stands whatever happens here. `failure`: what the cell raised."""
        recording, self.cell = self.cell, None
        if recording is None:
            return
        try:
            recording.finish(failure)
        except Exception as error:
            print(f"%%filprofile: no report: {type(error).__name__}: {error}")

    def pre_run_cell(self, info: Any) -> None:
        self.running += 1
        lines = (info.raw_cell or "").lstrip("\n").splitlines()
        self.wanted = self.running == 1 and _filext.available() and _is_profiled(lines)

    def post_run_cell(self, result: Any) -> None:
        self.running = max(0, self.running - 1)
        if not self.running:
            self.wanted = False
            self.finish(result.error_in_exec)

    def magic(self, line: str, cell: str) -> None:
        """The registered cell magic: for options, for nested cells, for run_cell_magic, and for the wrong kernel."""
        from IPython.core.error import UsageError

        option = line.strip()
        if option in ("-h", "--help"):
            print(HELP, end="")
            return
        if option:
            raise UsageError(f"%%filprofile: unknown option {option!r}; see %%filprofile --help")
        if not _filext.available():
            raise UsageError(f"%%filprofile: {WRONG_KERNEL}")
        self.begin()
        failure = None
        try:
            result = self.shell.run_cell(cell)
            failure = result.error_in_exec
        finally:
            self.finish(failure)
        result.raise_error()


def load(shell: Any) -> None:
    """Register everything; once per shell."""
    if any(isinstance(transformer, Extension) for transformer in shell.ast_transformers):
        return
    extension = Extension(shell)
    shell.input_transformers_cleanup.append(extension.transform)
    shell.ast_transformers.append(extension)
    shell.events.register("pre_run_cell", extension.pre_run_cell)
    shell.events.register("post_run_cell", extension.post_run_cell)
    shell.register_magic_function(extension.magic, "cell", "filprofile")
    extension.running = 1  # the cell that loads us is running
    if _filext.available():
        from filprofiler.jupyter.lastkernel import show_what_was_left

        show_what_was_left()
    else:
        print(f"filprofiler: {WRONG_KERNEL}")
