# SPDX-License-Identifier: Apache-2.0
"""Turn the web assets into a C header of character arrays: embed.py OUTPUT INPUT..."""

import base64
import hashlib
import sys
from pathlib import Path


def main(output: str, *inputs: str) -> None:
    """Write one array `fil_asset_<name>` for each input, and the hash of page.js for the page's security policy."""
    lines = ["/* Generated from report/web by embed.py. */"]
    for name in inputs:
        content = Path(name).read_bytes()
        symbol = Path(name).name.replace(".", "_").replace("-", "_")
        numbers = ",".join(str(byte) for byte in content + b"\0")
        lines.append(f"__attribute__((unused)) static const char fil_asset_{symbol}[] = {{{numbers}}};")
        if symbol == "page_js":
            digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
            lines.append(f'#define FIL_ASSET_PAGE_JS_HASH "sha256-{digest}"')
    Path(output).write_text("\n".join(lines) + "\n")


main(*sys.argv[1:])
