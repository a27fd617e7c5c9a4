# SPDX-License-Identifier: Apache-2.0
"""What the profiler says on stderr, in lines that begin with its name, and whether it can show a
page."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from typing import NoReturn

PREFIX = "=fil-profile= "
TEXT_BROWSERS = ("www-browser", "links", "elinks", "lynx", "w3m")  # as webbrowser has them


def say(line: str) -> None:
    """Print one line of ours on stderr, as report/console.c does; when stderr is closed it
    prints nothing: print(file=None) would print on stdout."""
    try:
        has_styles = (
            sys.stderr.isatty()
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM", "dumb") not in ("", "dumb")
        )
        sys.stderr.write((f"\33[2m{PREFIX}\33[0m" if has_styles else PREFIX) + line + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def fail(line: str) -> NoReturn:
    """End with one line and exit code 2."""
    say(line)
    sys.exit(2)


def has_screen() -> bool:
    """Whether a browser can be shown: on a screen, or by a program that $BROWSER names, as editors
    do in a terminal on another machine; not in the terminal itself, which is the program's."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return True
    named = os.environ.get("BROWSER", "").partition(os.pathsep)[0].split()
    return bool(named) and os.path.basename(named[0]) not in TEXT_BROWSERS
