# SPDX-License-Identifier: Apache-2.0
"""Turn the web assets into a C header of character arrays: embed.py OUTPUT INPUT...

The page's script is in several files, which become one element in the order given: all .js files
but that of the SVG."""

import base64
import hashlib
import re
import sys
from pathlib import Path

# Each script is a closure over the one shared object; put together, they are blocks of one closure.
BEGIN, STRICT, END = "(function (fil) {", '"use strict";', "})((globalThis.fil ??= {}));"


# Statements without a block, one after the other.
CONSTANTS = r"(?<=[;{}])const [^;{}]*(?:;const [^;{}]*)+"


def one_after_the_other(constants: re.Match[str]) -> str:
    return constants[0].replace(";const ", ",")


def dense(script: str) -> str:
    """Without indentation, comment lines and the room around punctuation: the report carries the
    script each time.

    Of our own scripts only, in which no text spans lines, no template stands in a template, no
    quote in a regular expression, and each statement ends with a semicolon."""
    lines = [line.strip() for line in script.splitlines()]
    kept = [{BEGIN: "{", END: "}", STRICT: ""}.get(line, line) for line in lines]
    text = "\n".join(line for line in kept if line and not line.startswith("//"))
    pieces = re.split(
        r"""("(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)""", text
    )  # every other one is a text
    for pattern, kept_part in (
        (r"(?<!\.)\bfil\b", "$"),  # the shared object is named a thousand times
        (r" ?([{}();,=:?<>*&|!\[\]]) ?", r"\1"),
        (r"(?<=[{};,()=>?:&|])\n|\n(?=[})\]?:.]|&&|\|\|)", ""),
        (r"\n\+ ", "+"),
        (r"(?<![-+]) ([-+/%]) (?![-+])", r"\1"),
        (r"(?<=[)\]])([-+/%]) (?![-+])", r"\1"),
        (r"\b(return|case) $", r"\1"),  # a text follows
        (r"(?<=[=(,:])function(\([^()]*\))\{", r"\1=>{"),  # none of them has a `this` of its own
        (r"(?<=[=(,:?])\((\w+)\)=>", r"\1=>"),
    ):
        pieces[::2] = [re.sub(pattern, kept_part, piece) for piece in pieces[::2]]
    pieces[::2] = [re.sub(CONSTANTS, one_after_the_other, piece) for piece in pieces[::2]]
    pieces[1::2] = [re.sub(r"(?<=\$\{)fil\b", "$", text) for text in pieces[1::2]]
    return "".join(pieces)


def together(scripts: list[str]) -> str:
    """The page's one script."""
    return STRICT + "(function($){" + "".join(map(dense, scripts)) + END


def dense_styles(styles: str) -> str:
    """Without comments and the room around punctuation, but for what tells selectors, sums and
    parts apart."""
    styles = re.sub(r"/\*.*?\*/", "", styles, flags=re.S)
    return re.sub(r"\s*([{};,>])\s*|(?<=:)\s+(?=[^{}]*[;}])", r"\1", styles).strip()


def array(symbol: str, content: bytes) -> str:
    numbers = ",".join(str(byte) for byte in content + b"\0")
    return f"__attribute__((unused)) static const char fil_asset_{symbol}[] = {{{numbers}}};"


def main(output: str, *inputs: str) -> None:
    """Write one array `fil_asset_<name>` for each input, one for the page's scripts, and their hash
    for the page's security policy."""
    lines = ["/* Generated from report/web by embed.py. */"]
    scripts = []
    for path in map(Path, inputs):
        if path.suffix == ".js" and path.stem != "svg":
            scripts.append(path.read_text())
        elif path.name == "page.css":
            lines.append(array("page_css", dense_styles(path.read_text()).encode()))
        else:
            lines.append(array(path.name.replace(".", "_"), path.read_bytes()))
    page = together(scripts)
    lines.append(array("page_js", page.encode()))
    digest = base64.b64encode(hashlib.sha256(page.encode()).digest()).decode()
    lines.append(f'#define FIL_ASSET_PAGE_JS_HASH "sha256-{digest}"')
    Path(output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
