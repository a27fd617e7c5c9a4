# SPDX-License-Identifier: Apache-2.0
"""Turn the web assets into a C header of character arrays: embed.py OUTPUT INPUT...

The page's script is in several files, which become one element in the order given: all .js files but that of the SVG.
"""

import base64
import hashlib
import re
import sys
from pathlib import Path

STRICT = '"use strict";'  # once, for all of them


def dense(script: str) -> str:
    """Without indentation, comment lines and the room around punctuation: the report carries the script each time.

    Of our own scripts only, in which no text spans lines, no template stands in a template and no quote in a regular expression."""
    lines = (line.strip() for line in script.splitlines())
    text = "\n".join(line for line in lines if line and not line.startswith("//") and line != STRICT) + "\n"
    pieces = re.split(r"""("(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)""", text)  # every other one is a text
    pieces[::2] = [re.sub(r" ?([{}();,=:?<>*&|!\[\]]) ?", r"\1", piece) for piece in pieces[::2]]
    pieces[::2] = [re.sub(r"(?<=[{;,(])\n|\n(?=[})\]?:])", "", piece) for piece in pieces[::2]]
    pieces[::2] = [re.sub(r"(?<![-+]) ([-+/%]) (?![-+])", r"\1", piece) for piece in pieces[::2]]
    return "".join(pieces)


def dense_styles(styles: str) -> str:
    """Without comments and the room around punctuation, but for what tells selectors, sums and parts apart."""
    styles = re.sub(r"/\*.*?\*/", "", styles, flags=re.S)
    return re.sub(r"\s*([{};,>])\s*|(?<=:)\s+(?=[^{}]*[;}])", r"\1", styles).strip()


def array(symbol: str, content: bytes) -> str:
    numbers = ",".join(str(byte) for byte in content + b"\0")
    return f"__attribute__((unused)) static const char fil_asset_{symbol}[] = {{{numbers}}};"


def main(output: str, *inputs: str) -> None:
    """Write one array `fil_asset_<name>` for each input, one for the page's scripts, and their hash for the page's security policy."""
    lines = ["/* Generated from report/web by embed.py. */"]
    page = STRICT
    for path in map(Path, inputs):
        if path.suffix == ".js" and path.stem != "svg":
            page += dense(path.read_text())
        elif path.name == "page.css":
            lines.append(array("page_css", dense_styles(path.read_text()).encode()))
        else:
            lines.append(array(path.name.replace(".", "_"), path.read_bytes()))
    lines.append(array("page_js", page.encode()))
    digest = base64.b64encode(hashlib.sha256(page.encode()).digest()).decode()
    lines.append(f'#define FIL_ASSET_PAGE_JS_HASH "sha256-{digest}"')
    Path(output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
