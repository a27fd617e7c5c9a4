# SPDX-License-Identifier: Apache-2.0
"""The cells of a notebook: what they are called, and what the reader wrote in them.

report/cells.c shows a profile by them. IPython compiles calls in place of magics, as
`get_ipython().run_cell_magic('time', …)`: the reader is to see the lines that were typed.
"""

from __future__ import annotations

import contextlib
import linecache
from collections.abc import Iterator
from itertools import dropwhile
from types import CodeType
from typing import Any, NamedTuple

from filprofiler.jupyter.first import find

from filprofiler import _filext


class Cell(NamedTuple):
    """`name` in the notebook, "In[3]"; `source`; how many of its lines stand `above` the file's.

    Without a name it is a part of the line that runs it.
    """

    name: str
    source: str
    above: int


Cells = dict[str, tuple[str, str, int]]  # by the name that IPython compiles under
CALL = "get_ipython().run_cell_magic("  # what a cell magic becomes
# The names that all cells of these magics are compiled under.
COMPILED = {"%%time": ("<timed exec>", "<timed eval>"), "%%timeit": ("<magic-timeit>",)}
OUTERMOST = ("<module>", "inner")  # of these files, the code that is no function of the reader's


def _functions(code: CodeType) -> Iterator[tuple[str, int]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_qualname.replace(".<locals>", ""), constant.co_firstlineno
            yield from _functions(constant)


def _counted(text: str) -> str:
    """Return the lines that IPython counts: all but blank ones at the beginning, and at the end."""
    lines = text.rstrip().split("\n")
    return "\n".join(dropwhile(lambda line: not line.strip(), lines))


class Notebook:
    """What is known of a shell's cells. `latest`: the name of the one that runs or ran last."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.latest = "In[0]"
        self.text = ""  # of the latest
        self._written: Cells = {}

    def _file(self, raw: str) -> str:
        """Return the name under which IPython has just compiled a cell with this text."""
        numbers = self.shell.compile._filename_map
        name: str = self.shell.compile.get_code_name(raw, raw, max(numbers.values()))
        return name if name in numbers else max(reversed(numbers), key=numbers.__getitem__)

    def note(self, raw: str, is_nested: bool) -> None:
        """Note what was written in the cell that is about to run. `is_nested`: a cell runs it."""
        file = self._file(raw)
        if is_nested:
            above = self._above(raw)
            if above is not None:
                self._written[file] = Cell(self.latest, self.text, above)
            return
        self.latest, self.text = f"In[{self.shell.compile._filename_map[file]}]", _counted(raw)
        compiled = linecache.getlines(file)
        if len(compiled) == 1 and compiled[0].startswith(CALL):
            magic = next((number for number, line in self._magics() if not find([line])), 0)
            self._written[file] = Cell(self.latest, self.text, magic)
        elif len(compiled) == self.text.count("\n") + 1:
            self._written[file] = Cell(self.latest, self.text, 0)
        else:
            self._written.pop(file, None)

    def _magics(self) -> Iterator[tuple[int, str]]:
        """Return the cell magics that the latest cell begins with, and each one's index."""
        for number, line in enumerate(self.text.split("\n")):
            if line.startswith("%%"):
                yield number, line
            elif line.strip() and not line.lstrip().startswith("#"):
                return

    def _above(self, body: str) -> int | None:
        """Return how many lines of the latest cell stand above its last part; None: it is none."""
        part = _counted(body)
        if not part or not self.text.endswith("\n" + part):
            return None
        return self.text.count("\n") - part.count("\n")

    def compiled_under(self, body: str, code: str) -> tuple[str, int]:
        """Return the name to compile a magic's body under, and how many lines stand above it.

        `code`: what IPython makes of the body.
        """
        above = self._above(body)
        code = "\n" * (above or 0) + code
        file: str = self.shell.compile.cache(code, int(self.latest[3:-1]), raw_code=code)
        if above is not None:
            self._written[file] = Cell(self.latest, self.text, 0)
        return file, above or 0

    def cells(self, profile: _filext.Profile | None = None) -> Cells:
        """Return the cells that have run so far, and with a profile the latest's magics."""
        numbers = self.shell.compile._filename_map
        sources = {file: "".join(linecache.getlines(file)) for file in numbers}
        known = {file: Cell(f"In[{numbers[file]}]", sources[file], 0) for file in numbers}
        return known | self._written | (self._of_magics(profile) if profile else {})

    def _of_magics(self, profile: _filext.Profile) -> Cells:
        """Return what %%time and %%timeit compile, unless earlier cells' functions are in it."""
        lines = self.text.split("\n")
        timed = "%time " in self.text  # the line magic
        found: Cells = dict.fromkeys(COMPILED["%%time"], Cell("", "", 0)) if timed else {}
        for number, line in self._magics():
            body = "\n".join(lines[number + 1 :])
            for file in COMPILED.get(line.split()[0], ()):
                above = self._above(body)
                if above is not None and "%time" not in body and self._are_of(profile, file, body):
                    found[file] = Cell(self.latest, self.text, above)
        return found

    def _are_of(self, profile: _filext.Profile, file: str, body: str) -> bool:
        functions = [(name, line) for name, where, line in profile.functions() if where == file]
        names = {
            (name.removeprefix("inner."), line) for name, line in functions if name not in OUTERMOST
        }
        with contextlib.suppress(SyntaxError, ValueError):
            tree = self.shell.compile.ast_parse(self.shell.transform_cell(body))
            return names <= set(_functions(compile(tree, file, "exec", dont_inherit=True)))
        return False
