# SPDX-License-Identifier: Apache-2.0
"""What stands behind `%%filprofile`."""

from __future__ import annotations

import argparse
import shlex
from typing import NoReturn

from filprofiler.suggestions import did_you_mean

HELP = """\
%%filprofile [--compare [RUN]] [--name NAME] [--own NAME] [--no-source]
%filprofile [--compare[=RUN]] [--name NAME] [--own NAME] [--no-source] STATEMENT

Shows which lines hold the memory at this cell's peak. Put it on the cell's first line, or below
comments; the cell runs as an ordinary cell. Another cell magic, as %%time, may stand above or below
it. %filprofile shows it for one statement.

Options:
  --compare       Show what changed since the cell's previous run.
  --compare RUN   Show what changed since that run: a name given with --name, a cell's number as
                  In[3], or the path of a saved profile or result folder.
  --name NAME     Keep this run under a name.
  --own NAME      What is your own code beside the cells: a folder or a package. As often as need
                  be; default: what the setting own in pyproject.toml names.
  --no-source     Show no line of the source: in nothing that is shown, and in nothing that the
                  notebook keeps. The setting no-source = true in pyproject.toml is for all cells.
  -h, --help      Print this text; the cell isn't run.

Examples:
  %%filprofile
  %%filprofile --name before
  %%filprofile --compare before
  %%filprofile --compare fil-result
  %filprofile table = load()
"""


class OptionError(ValueError):
    """The options are wrong; the message says how, in one line."""


class Options(argparse.Namespace):
    """`compare`: None without the option, "" for the previous run. `name`: "" without. `own`: what
    was named. `no_source`: no line of the source is to be shown."""

    help: bool
    compare: str | None
    name: str
    own: list[str]
    no_source: bool


class _Parser(argparse.ArgumentParser):
    def option_names(self) -> list[str]:
        return [name for action in self._actions for name in action.option_strings]

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message.removeprefix('argument ')}; see %%filprofile --help")


def parse(text: str) -> Options:
    """Read the rest of the first line. Raises OptionError."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--compare", nargs="?", const="", metavar="RUN")
    parser.add_argument("--name", default="", metavar="NAME")
    parser.add_argument("--own", action="append", default=[], metavar="NAME")
    parser.add_argument("--no-source", action="store_true")
    try:
        options, unknown = parser.parse_known_args(shlex.split(text), Options())
    except ValueError as error:  # OptionError, or a quotation mark without its other
        raise (
            error
            if isinstance(error, OptionError)
            else OptionError(f"{error}; see %%filprofile --help")
        ) from None
    if unknown:
        parser.error(
            f"unknown option {unknown[0]!r}{did_you_mean(unknown[0], parser.option_names())}"
        )
    return options
