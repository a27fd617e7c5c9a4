# SPDX-License-Identifier: Apache-2.0
"""Made-up profiles in version 1 of the format, of functions and nodes."""

import json
import re
from typing import Any


def profile(functions: list[tuple[str, str]], nodes: list[list[int]], **more: Any) -> bytes:
    data = {
        "format": "filprofiler", "version": 1, "kind": "peak", "command": ["python", "a b.py"],
        "python": "3.11.7",
        "peak_bytes": sum(node[3] for node in nodes),
        "functions": [{"name": name, "file": file, "first_line": 1} for name,
        file in [("", ""), *functions]],
        "nodes": nodes, "sources": {},
    }  # fmt: skip
    return json.dumps(data | more).encode()


def profile_in(page: str) -> dict[str, Any]:
    """Return the profile that the text of a page carries."""
    found = re.search(r'id="profile">(.*?)</script>', page, re.DOTALL)
    assert found, "the page has no profile"
    shown: dict[str, Any] = json.loads(found[1])
    return shown
