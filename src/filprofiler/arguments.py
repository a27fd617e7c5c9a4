# SPDX-License-Identifier: Apache-2.0
"""The command lines of the commands that read profiles. Those of `run` and `python` are in cli.py:
they have to be fast, and end where the program's own arguments begin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from filprofiler.helptexts import COMMANDS
from filprofiler.sizes import parse_growth
from filprofiler.suggestions import did_you_mean


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
        raise UsageError(
            f"{self.command}: {message.removeprefix('argument ')}; see fil-profile {self.command} "
            "--help"
        )

    def read(self, arguments: list[str]) -> argparse.Namespace:
        """Parse; prints the help and ends if that was asked for. Raises UsageError."""
        if {"-h", "--help"} & set(
            arguments[: arguments.index("--") if "--" in arguments else None]
        ):
            print(COMMANDS[self.command], end="", flush=True)
            sys.exit(0)
        options, unknown = self.parse_known_intermixed_args(arguments)
        if unknown:
            name = unknown[0].partition("=")[0]
            self.error(f"unknown option {name}{did_you_mean(name, self.option_names())}")
        if getattr(options, "format", None) == "json" and "json" in options:
            options.json = True
        return options

    def option_names(self) -> list[str]:
        return [name for action in self._actions for name in action.option_strings]

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Say of a wrong choice which one may have been meant."""
        if action.choices is not None and value not in action.choices:
            choices = ", ".join(map(str, action.choices))
            meant = did_you_mean(str(value), action.choices)
            raise argparse.ArgumentError(
                action, f"invalid choice: {value!r}{meant} (choose from {choices})"
            )


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


def _difference_file(path: str) -> str:
    if not path.lower().endswith(DIFFERENCES):
        raise ValueError(
            f"{path!r}: the name says what is written: a page (.html), text (.txt), Markdown (.md) "
            "or data (.json)"
        )
    return path


DIFFERENCES = (".html", ".htm", ".txt", ".md", ".json")
# What other tools call the files of each format. A name that ends otherwise is the user's own.
ENDINGS = {
    "folded": (".folded", ".prof", ".txt"),
    "speedscope": (".json",),
    "pprof": (".pb", ".pb.gz", ".pprof"),
    "json": (".json",),
    "csv": (".csv",),
}
FORMATS = tuple(ENDINGS)
OTHER_FILES = (".html", ".htm", ".md", ".svg", *(end for ends in ENDINGS.values() for end in ends))


def hold_to_format(path: str, form: str) -> None:
    """Raise UsageError where the file's name says that it is of another format."""
    name = path.lower()
    if name.endswith(OTHER_FILES) and not name.endswith(ENDINGS[form]):
        raise UsageError(
            f"export: {path!r} is no name for {form}, which ends with {' or '.join(ENDINGS[form])}"
        )


def _named(text: str) -> str:
    if not text:
        raise ValueError("a folder or a package is needed, as in: --own src")
    return text


def parser(command: str) -> Parser:
    """Return the command's parser."""
    made = Parser(command, targets="FILE")
    if command in ("open", "completion"):
        return made
    if command != "list":
        made.add_argument(
            "--own", action="append", default=[], type=_checked(_named), metavar="NAME"
        )
    if command in ("summary", "table", "tree", "diff", "export", "live"):
        made.add_argument("--at", choices=("peak", "end"), default="peak")
    if command in ("report", "export"):
        for name in ("--no-source", "--no-arguments"):
            made.add_argument(name, dest="hidden", action="append_const", const=name, default=[])
    if command == "report":
        made.add_argument("-o", "--output-path", metavar="DIR")
        made.add_argument("--no-browser", action="store_true")
        return made
    if command == "export":
        made.add_argument("-f", "--format", choices=FORMATS)
        made.add_argument("-o", "--output", default="-", metavar="FILE")
        return made
    made.add_argument("--json", action="store_true")
    if command in ("summary", "table", "diff"):
        made.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    if command in ("table", "diff"):
        made.add_argument("-n", "--rows", type=_checked(_rows), default=20, metavar="N")
    if command == "table":
        made.add_argument(
            "--by",
            choices=("own", "line", "function", "file", "package", "import", "thread", "kind"),
            default="own",
        )
        made.add_argument("--sort", choices=("self", "total", "allocations"), default="self")
    if command == "tree":
        made.add_argument("--all", action="store_true")
        made.add_argument("--min-percent", type=_checked(_share), default=1.0, metavar="P")
    if command == "diff":
        made.add_argument("-o", "--output", type=_checked(_difference_file), metavar="FILE")
        made.add_argument("--fail-above", type=_checked(parse_growth), metavar="GROWTH")
    return made
