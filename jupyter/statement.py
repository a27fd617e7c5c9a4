# SPDX-License-Identifier: Apache-2.0
"""The statement of the line magic `%filprofile`, run as `%time` runs one."""

from __future__ import annotations

import ast
import sys
from types import CodeType
from typing import Any

UNKNOWN = "<filprofile>"  # the file of a statement that stands in no cell


def _place(shell: Any) -> tuple[str, int]:
    """Give the cell and the line that the magic stands on: its frames are the statement's."""
    frame: Any = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename in shell.compile._filename_map:
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return UNKNOWN, 1


def _compiled(shell: Any, text: str) -> list[CodeType]:
    """Give what is executed, and what is evaluated at last: its value is the statement's."""
    tree = shell.transform_ast(shell.compile.ast_parse(shell.transform_cell(text)))
    file, line = _place(shell)
    ast.increment_lineno(tree, line - 1)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    codes = [shell.compile(tree, file, "exec")]
    if last is not None:
        codes.append(shell.compile(ast.Expression(last.value), file, "eval"))
    return codes


def compiled(shell: Any, text: str) -> Any:
    """Give a function that runs the statement, and returns its value. Raises SyntaxError."""
    codes = _compiled(shell, text)

    def run(local_ns: dict[str, Any] | None) -> Any:
        exec(codes[0], shell.user_ns, local_ns)
        return eval(codes[1], shell.user_ns, local_ns) if len(codes) > 1 else None

    return run
