# SPDX-License-Identifier: Apache-2.0
"""`%load_ext filprofiler` and `%%filprofile`.

A profiled cell stays an ordinary cell: it is not wrapped in anything. An input transformer turns
the line `%%filprofile` into a comment, so line numbers stay (above another cell magic the line
goes); the recording starts when the cell has been parsed, just before it runs (an AST transformer
that changes nothing), so a syntax error leaves nothing started; and it ends in IPython's
post_run_cell event, whatever became of the cell. Below another cell magic, and as a line magic, it
is recorded by the magic itself, and its report waits for that event, too: it stands below
everything, and a magic that captures output doesn't take it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from filprofiler.jupyter.cells import Notebook
from filprofiler.jupyter.first import find, split, without
from filprofiler.jupyter.options import HELP, parse
from filprofiler.jupyter.statement import compiled

from filprofiler import _filext

if TYPE_CHECKING:
    from filprofiler.jupyter.cellrecording import CellRecording
    from filprofiler.jupyter.runs import Runs

WRONG_KERNEL = (
    'the profiler isn\'t loaded in this kernel. Choose the kernel "Python 3 with Fil" (menu Kernel '
    "> Change Kernel), then run %load_ext "
    "filprofiler and this cell again"
)


class Extension:
    """One shell's profiler: the recording of the cell that runs."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.notebook = Notebook(shell)
        self.running: list[Any] = []  # cells' infos, one inside the other where a magic runs a cell
        self.wanted: CellRecording | None = None  # what the cell that is about to run asked for
        self.cell: CellRecording | None = None  # the recording of the cell that runs
        self.ended: dict[str, CellRecording] = {}  # by source: to be shown at the cell's end
        self.runs: Runs | None = None
        self.noted: str | None = None  # the text of the cell that is about to run
        self.interrupt: KeyboardInterrupt | None = None  # before the cell ran: it is the cell's

    def recording(self, text: str, source: str, cell_id: str | None) -> CellRecording | None:
        """Return what a cell asks for by its options; None: for help. Raises OptionError."""
        from filprofiler.jupyter.cellrecording import CellRecording
        from filprofiler.jupyter.runs import Runs

        options = parse(text)
        if options.help:
            return None
        self.runs = self.runs or Runs()
        if options.compare:
            self.runs.find(options.compare)  # to say now what is wrong with it
        return CellRecording(self.notebook, self.runs, options, source, cell_id)

    def is_ordinary(self, text: str) -> bool:
        """Whether a cell with these options is to be run as an ordinary cell: else the magic says
        what is wrong, or helps."""
        try:
            return self.recording(text, "", None) is not None
        except ValueError:
            return False

    def transform(self, lines: list[str]) -> list[str]:
        """Input transformer."""
        try:
            return self.transformed(lines)
        except KeyboardInterrupt as error:  # IPython knows no interrupt here
            self.interrupt = error
            return lines

    def transformed(self, lines: list[str]) -> list[str]:
        """Return the cell without the magic. A nested cell keeps it, and is run by `magic`."""
        first = find(lines)
        if first is None:
            return lines
        if not self.running and _filext.available() and self.is_ordinary(first.options):
            return without(lines, first)
        lines = lines[first.at :]  # IPython knows a cell magic on the first line alone
        if first.options and not "".join(lines[1:]).strip():
            return [
                lines[0].rstrip("\n") + "\n",
                "pass\n",
            ]  # nor one without a body, even for --help
        return lines

    def visit(self, tree: Any) -> Any:
        """AST transformer: the cell is about to run."""
        wanted, self.wanted = self.wanted, None
        interrupt, self.interrupt = self.interrupt, None
        if interrupt is not None:
            raise interrupt
        if self.noted is not None:
            noted, self.noted = self.noted, None
            with contextlib.suppress(Exception):  # the report names lines less well
                self.notebook.note(noted, len(self.running) > 1)
        if wanted is not None:
            self.begin(wanted)
        return tree

    def begin(self, recording: CellRecording) -> bool:
        """Start; the cell runs whatever happens here. Whether it is recorded."""
        if self.cell is not None:
            print("%%filprofile: not recorded by itself: the cell around it is being recorded")
            return False
        self.cell = recording  # an interrupt may come at any time
        try:
            recording.begin()
        except Exception as error:
            self.cell = None
            print(f"%%filprofile: not recorded: {error}")
            return False
        except BaseException:
            self.cell = None
            recording.abandon()
            raise
        return True

    def stop(self, failure: BaseException | None) -> None:
        """End the recording, if there is one; the cell's result stands whatever happens here.
        `failure`: what the cell raised."""
        recording = self.cell
        if recording is None:
            return
        try:
            try:
                recording.stop(failure)
            finally:
                try:
                    recording.abandon()  # again: an interrupt may have come in the middle of it
                finally:
                    self.cell = None
        except Exception as error:
            print(f"%%filprofile: no report: {type(error).__name__}: {error}")
        else:  # a magic that runs its body again and again has the last one's report
            self.ended.pop(recording.source, None)
            self.ended[recording.source] = recording

    def show(self) -> None:
        """Show the reports, below all that the cell put out, and where no magic above captures
        them."""
        ended, self.ended = self.ended, {}
        for recording in ended.values():
            try:
                recording.show()
            except Exception as error:
                print(f"%%filprofile: no report: {type(error).__name__}: {error}")

    def pre_run_cell(self, info: Any) -> None:
        self.running.append(info)
        try:
            self.prepare(info)
        except KeyboardInterrupt as error:  # IPython would go on
            self.interrupt = error

    def prepare(self, info: Any) -> None:
        """Read what the cell asks for."""
        self.noted, self.wanted = info.raw_cell or "", None
        lines = (info.raw_cell or "").splitlines()
        first = find(lines)
        if len(self.running) == 1 and first is not None and _filext.available():
            source = "\n".join(lines[first.below :])
            with contextlib.suppress(ValueError):  # the magic says what is wrong
                self.wanted = self.recording(first.options, source, getattr(info, "cell_id", None))

    def post_run_cell(self, result: Any) -> None:
        """Also comes without a pre_run_cell, for a cell without text, and without a result, where
        IPython itself failed."""
        info = getattr(result, "info", None)
        if info is not None and not (info.raw_cell or "").strip():
            return
        known = [index for index, other in enumerate(self.running) if other is info]
        del self.running[known[0] if known else -1 :]
        if not self.running:
            self.noted = self.wanted = self.interrupt = None
            try:
                self.stop(getattr(result, "error_in_exec", None))
                self.show()
            except KeyboardInterrupt as error:
                self.stop(error)  # what it left
                self.fail(result, error)

    def fail(self, result: Any, error: KeyboardInterrupt) -> None:
        """Let the cell fail by an interrupt after its last statement: later cells aren't to run."""
        if getattr(result, "success", False):
            result.error_in_exec = error
            self.shell.showtraceback((type(error), error, None))

    def magic(self, line: str, cell: str | None, local_ns: dict[str, Any] | None) -> Any:
        """The registered magic: of a line; and of what is no ordinary cell: nested cells,
        run_cell_magic, the wrong kernel."""
        from IPython.core.error import UsageError

        __tracebackhide__ = True
        name = "%%filprofile" if cell is not None else "%filprofile"
        try:
            options, source = split(line) if cell is None else self.joined(line, cell)
            recording = self.recording(options, source, None)
        except ValueError as error:
            raise UsageError(f"{name}: {error}") from None
        if recording is None:
            print(HELP, end="")
            return None
        if not _filext.available():
            raise UsageError(f"{name}: {WRONG_KERNEL}")
        if cell is None and not source:
            raise UsageError("%filprofile: a statement is missing; see %filprofile --help")
        run = compiled(self.notebook, source, cell is not None)
        return self.record(recording, partial(run, local_ns))

    def joined(self, line: str, cell: str) -> tuple[str, str]:
        """Return the options and the body of a cell with the magic, which may stand there twice."""
        lines = [f"%%filprofile {line}\n", *cell.splitlines(keepends=True)]
        first = find(lines)
        return (first.options, "".join(lines[first.below :])) if first else (line, cell)

    def record(self, recording: CellRecording, run: Callable[[], Any]) -> Any:
        """Run something under a recording of its own, whose report comes at the end of the cell."""
        __tracebackhide__ = True
        begun = self.begin(recording)
        failure = None
        try:
            return run()
        except BaseException as error:
            failure = error
            raise
        finally:
            if begun:
                self.stop(failure)
                if not self.running:
                    self.show()


def _magic_of(extension: Extension) -> Any:
    """Return the function to register: IPython sets marks on it."""
    from IPython.core.magic import needs_local_scope, no_var_expand, output_can_be_silenced

    def filprofile(line: str, cell: str | None = None, local_ns: Any = None) -> Any:
        __tracebackhide__ = True
        return extension.magic(line, cell, local_ns)

    filprofile.__doc__ = HELP  # what `%%filprofile?` shows
    return output_can_be_silenced(needs_local_scope(no_var_expand(filprofile)))


def load(shell: Any) -> None:
    """Register everything; once per shell."""
    if any(isinstance(transformer, Extension) for transformer in shell.ast_transformers):
        return
    extension = Extension(shell)
    shell.input_transformers_cleanup.append(extension.transform)
    shell.ast_transformers.append(extension)
    shell.events.register("pre_run_cell", extension.pre_run_cell)
    shell.events.register("post_run_cell", extension.post_run_cell)
    shell.register_magic_function(_magic_of(extension), "line_cell", "filprofile")
    if _filext.available():
        from filprofiler.jupyter.lastkernel import show_what_was_left

        show_what_was_left()
    else:
        print(f"filprofiler: {WRONG_KERNEL}")
