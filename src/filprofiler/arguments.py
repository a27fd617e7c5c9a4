# SPDX-License-Identifier: Apache-2.0
"""The command lines of the commands that read profiles. Those of `run` and `python` are in cli.py: they have to be fast, and end where
the program's own arguments begin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from filprofiler.helptexts import COMMANDS
from filprofiler.sizes import parse_growth


class UsageError(Exception):
    """The command line is wrong; the message says how, in one line."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and helps with our own texts."""

    def __init__(self, command: str, **names: str) -> None:
        super().__init__(prog=f"fil-profile {command}", add_help=False, allow_abbrev=False)
        self.command = command
        self.add_argument("-h", "--help", action="store_true")
        for name, metavar in names.items():
            self.add_argument(name, nargs="*", metavar=metavar)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.command}: {message.removeprefix('argument ')}; see fil-profile {self.command} --help")

    def read(self, arguments: list[str]) -> argparse.Namespace:
        """Parse; prints the help and ends if that was asked for. Raises UsageError."""
        if {"-h", "--help"} & set(arguments[: arguments.index("--") if "--" in arguments else None]):
            print(COMMANDS[self.command], end="")
            sys.exit(0)
        options, unknown = self.parse_known_intermixed_args(arguments)
        if unknown:
            self.error(f"unknown option {unknown[0]}")
        return options


def _checked(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let a ValueError's own sentence be the message."""

    def convert(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _rows(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"{text!r} is no number of rows")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%"))
    except ValueError:
        share = -1
    if not 0 <= share <= 100:
        raise ValueError(f"{text!r} is no percentage")
    return share


FORMATS = ("folded", "speedscope", "pprof", "json", "csv")


def parser(command: str) -> Parser:
    """Give the command's parser."""
    made = Parser(command, targets="FILE")
    if command == "report":
        made.add_argument("-o", "--output-path", metavar="DIR")
        made.add_argument("--no-browser", action="store_true")
        return made
    if command == "export":
        made.add_argument("-f", "--format", choices=FORMATS)
        made.add_argument("-o", "--output", default="-", metavar="FILE")
        return made
    made.add_argument("--json", action="store_true")
    if command in ("table", "diff"):
        made.add_argument("-n", "--rows", type=_checked(_rows), default=20, metavar="N")
    if command == "table":
        made.add_argument("--by", choices=("line", "function", "file", "package", "import", "thread", "kind"), default="line")
        made.add_argument("--sort", choices=("own", "through", "allocations"), default="own")
    if command == "tree":
        made.add_argument("--min-percent", type=_checked(_share), default=1.0, metavar="P")
    if command == "diff":
        made.add_argument("-o", "--output", metavar="FILE")
        made.add_argument("--fail-above", type=_checked(parse_growth), metavar="GROWTH")
    return made
