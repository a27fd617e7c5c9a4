# SPDX-License-Identifier: Apache-2.0
"""`%load_ext filprofiler` and `%%filprofile`.

A profiled cell stays an ordinary cell: it is not wrapped in anything. An input transformer turns the line `%%filprofile` into a comment, so
line numbers stay; the recording starts when the cell has been parsed, just before it runs (an AST transformer that changes nothing), so a
syntax error leaves nothing started; and it ends in IPython's post_run_cell event, whatever became of the cell.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from filprofiler.jupyter.options import HELP, parse

from filprofiler import _filext

if TYPE_CHECKING:
    from filprofiler.jupyter.cell import CellRecording
    from filprofiler.jupyter.runs import Runs

WRONG_KERNEL = (
    'the profiler isn\'t loaded in this kernel. Choose the kernel "Python 3 with Fil" (menu Kernel > Change Kernel), then run %load_ext '
    "filprofiler and this cell again"
)
FIRST_LINE = re.compile(r"%%filprofile(?:[ \t]+(?P<options>.*?))?[ \t]*$")


def _options_of(lines: list[str]) -> str | None:
    """What stands behind the magic, if it is on the first of these lines."""
    match = FIRST_LINE.match(lines[0].rstrip("\n")) if lines else None
    return (match["options"] or "") if match else None


class Extension:
    """One shell's profiler: the recording of the cell that runs."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.running = 0  # cells, one inside the other where a magic runs a cell
        self.wanted: CellRecording | None = None  # what the cell that is about to run asked for
        self.cell: CellRecording | None = None  # the recording of the cell that runs
        self.runs: Runs | None = None

    def recording(self, text: str, source: str, cell_id: str | None) -> CellRecording | None:
        """Give what a cell asks for by its options; None: for help. Raises OptionError."""
        from filprofiler.jupyter.cell import CellRecording
        from filprofiler.jupyter.runs import Runs

        options = parse(text)
        if options.help:
            return None
        self.runs = self.runs or Runs()
        if options.compare:
            self.runs.find(options.compare)  # to say now what is wrong with it
        return CellRecording(self.shell, self.runs, options, source, cell_id)

    def is_ordinary(self, text: str) -> bool:
        """Whether a cell with these options is to be run as an ordinary cell: else the magic says what is wrong, or helps."""
        try:
            return self.recording(text, "", None) is not None
        except ValueError:
            return False

    def transform(self, lines: list[str]) -> list[str]:
        """Input transformer. A nested cell keeps its magic, which runs it by `magic`."""
        options = _options_of(lines)
        if options is None:
            return lines
        first = lines[0].rstrip("\n") + "\n"
        if not self.running and _filext.available() and self.is_ordinary(options):
            return ["# " + first, *lines[1:]]
        if options and not "".join(lines[1:]).strip():
            return [first, "pass\n"]  # IPython refuses a cell magic without a body, even for --help
        return lines

    def visit(self, tree: Any) -> Any:
        """AST transformer: the cell is about to run."""
        wanted, self.wanted = self.wanted, None
        if wanted is not None:
            self.begin(wanted)
        return tree

    def begin(self, recording: CellRecording) -> None:
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
        options = _options_of(lines)
        self.wanted = None
        if self.running == 1 and options is not None and _filext.available():
            with contextlib.suppress(ValueError):  # the magic says what is wrong
                self.wanted = self.recording(options, "\n".join(lines[1:]), getattr(info, "cell_id", None))

    def post_run_cell(self, result: Any) -> None:
        self.running = max(0, self.running - 1)
        if not self.running:
            self.wanted = None
            self.finish(result.error_in_exec)

    def magic(self, line: str, cell: str) -> None:
        """The registered cell magic: for what is no ordinary cell, for nested cells, for run_cell_magic, and for the wrong kernel."""
        from IPython.core.error import UsageError

        try:
            recording = self.recording(line, cell, None)
        except ValueError as error:
            raise UsageError(f"%%filprofile: {error}") from None
        if recording is None:
            print(HELP, end="")
            return
        if not _filext.available():
            raise UsageError(f"%%filprofile: {WRONG_KERNEL}")
        self.begin(recording)
        failure = None
        try:
            result = self.shell.run_cell(cell)
            failure = result.error_in_exec
        finally:
            self.finish(failure)
        result.raise_error()

    magic.__doc__ = HELP  # what `%%filprofile?` shows


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
