# SPDX-License-Identifier: Apache-2.0
"""Write the man page, of the help texts: manpage.py FOLDER_OF_THE_PACKAGE VERSION OUTPUT. Only the
build runs this."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def roff(text: str) -> str:
    """Return the text so that groff takes none of it for its own."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    return re.sub(r"^\.", "\\\\&.", text, flags=re.M)


def literal(lines: list[str]) -> list[str]:
    """Return lines that stay as they are."""
    return [".PP", ".nf", ".RS 4", *(roff(line.strip()) for line in lines), ".RE", ".fi"]


def described(text: str) -> list[str]:
    """Return the options of a help text."""
    from filprofiler.optiontable import options

    lines = []
    for option in options(text):
        names = ", ".join(f"\\fB{roff(name)}\\fR" for name in option.names)
        value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
        lines += [".TP", names + value, roff(option.text)]
    return lines


def prose(text: str) -> list[str]:
    """Return the paragraphs of a help text that are neither its usage nor one of its lists."""
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n")[1:]:
        first = paragraph.partition("\n")[0]
        if re.fullmatch(r"(Options|Examples|Commands.*):", first):
            continue
        if re.fullmatch(r"\w+:", first):
            lines += [".PP", roff(first), *literal(paragraph.splitlines()[1:])]
        else:
            lines += [".PP", *map(roff, paragraph.splitlines())]
    return lines


def page(version: str) -> str:
    """Return the man page."""
    from filprofiler.helptexts import COMMANDS, MAIN
    from filprofiler.optiontable import commands, section

    lines = [
        '.\\" Made of the help texts.',
        f'.TH FIL\\-PROFILE 1 "" "filprofiler {version}" "User commands"',
    ]
    lines += [
        ".SH NAME",
        "fil\\-profile \\- which lines of a Python program hold the memory at its peak",
    ]
    lines += [".SH SYNOPSIS", "\\fBfil\\-profile\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR .\\|.\\|."]
    lines += [".SH DESCRIPTION", *prose(MAIN)[1:], ".SH COMMANDS"]
    for name, text in commands(MAIN):
        lines += [".TP", f"\\fB{name}\\fR", roff(text)]
    lines += [".SH OPTIONS", *described(MAIN)]
    lines += [".SH EXAMPLES", *literal(section(MAIN, "Examples"))[1:]]
    for name, text in COMMANDS.items():
        usage = text.partition("\n")[0].removeprefix("Usage: ")
        lines += [f".SH {name.upper()}", f"\\fB{roff(usage)}\\fR", *prose(text), *described(text)]
        lines += literal(section(text, "Examples"))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    Path(sys.argv[3]).write_text(page(sys.argv[2]))
