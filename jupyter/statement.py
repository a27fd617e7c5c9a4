# SPDX-License-Identifier: Apache-2.0
"""The statement of `%filprofile`, or the body of a `%%filprofile` below another magic.

They are run as `%time` runs them.
"""

from __future__ import annotations

import ast
import sys
from types import CodeType
from typing import Any

from filprofiler.jupyter.cells import Notebook

UNKNOWN = "<filprofile>"  # the file of a statement that stands in no cell


def _cell_of_the_magic(shell: Any) -> tuple[str, int]:
    """Return the cell that the magic stands in, and how many lines stand above."""
    frame: Any = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename in shell.compile._filename_map:
            return frame.f_code.co_filename, frame.f_lineno - 1
        frame = frame.f_back
    return UNKNOWN, 0


def _compiled(notebook: Notebook, text: str, is_body: bool) -> list[CodeType]:
    """Return what is executed, and what is evaluated at last: its value is the statement's."""
    shell = notebook.shell
    code = shell.transform_cell(text)
    file, above = notebook.compiled_under(text, code) if is_body else _cell_of_the_magic(shell)
    tree = shell.transform_ast(shell.compile.ast_parse(code))
    ast.increment_lineno(tree, above)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    codes = [shell.compile(tree, file, "exec")]
    if last is not None:
        codes.append(shell.compile(ast.Expression(last.value), file, "eval"))
    return codes


def compiled(notebook: Notebook, text: str, is_body: bool) -> Any:
    """Return a function that runs the statement or body, and returns its value. SyntaxError."""
    codes = _compiled(notebook, text, is_body)
    shell = notebook.shell

    def run(local_ns: dict[str, Any] | None) -> Any:
        __tracebackhide__ = True
        exec(codes[0], shell.user_ns, local_ns)
        return eval(codes[1], shell.user_ns, local_ns) if len(codes) > 1 else None

    return run
