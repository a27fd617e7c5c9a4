# SPDX-License-Identifier: Apache-2.0
"""What the tests of the page share: made-up profiles whose figures can be worked out in the head,
and a browser without a network."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from filprofiler import _filext
from support.profiletwinjson import from_version_1

HOSTILE = "</script><img src=x onerror=alert(1)>"
MIB = 1 << 20


def profile(
    functions: list[tuple[str, str]], nodes: list[list[int]], sources: dict[str, dict[str, str]]
) -> bytes:
    """A profile of these functions (name, file) and nodes."""
    described = [
        {"name": name, "file": file, "first_line": 1} for name, file in [("", ""), *functions]
    ]
    header = {
        "format": "filprofiler",
        "version": 1,
        "kind": "peak",
        "command": ["python", "job.py"],
        "python": "3.11.7",
    }
    return json.dumps(
        header
        | {
            "peak_bytes": sum(node[3] for node in nodes),
            "functions": described,
            "nodes": nodes,
            "sources": sources,
        }
    ).encode()


SMALL = profile(
    [("<module>", "job.py"), ("load", "lib/data.py"), ("join", "lib/data.py"), (HOSTILE, "odd.py")],
    [
        [0, 0, 0, 0, 0],
        [0, 1, 3, 0, 0],
        [1, 2, 10, 60 * MIB, 2],
        [1, 3, 20, 30 * MIB, 1],
        [3, 2, 10, 8 * MIB, 1],
        [1, 4, 1, 2 * MIB, 1],
    ],
    {
        "job.py": {"3": "main()"},
        "lib/data.py": {"10": "rows = numpy.ones(n)", "20": "merged = left.merge(right)"},
        "odd.py": {"1": HOSTILE},
    },
)

RICH = json.dumps(
    json.loads(SMALL)
    | {
        "seconds": 8.0, "live_bytes": 25 * MIB, "peak_at_seconds": 4.5,
        "timeline": {"bucket_seconds": 1.0, "bytes": [value * MIB for value in (10, 20, 60, 80, 100,
        70, 40, 25)], "resident_bytes": [value * MIB for value in (0, 12, 0, 0, 80, 85, 0, 0)]},
        "resident": {"start_bytes": 9 * MIB, "at_peak_bytes": 80 * MIB, "most_bytes": 90 * MIB,
        "files_bytes": 3 * MIB,
                     "allocator_overhead_bytes": MIB, "profiler_bytes": 2 * MIB,
                     "rest_bytes": 5 * MIB},
        "threads": ["MainThread", "loader"],
        "kinds": ["heap", "anonymous mapping"],
        "parts": [[2, 0, 0, 60 * MIB, 40 * MIB], [3, 1, 1, 30 * MIB, 0]],
        "files": [{"path": HOSTILE + ".bin", "node": 3, "mapped_bytes": 500 * MIB,
        "resident_bytes": 20 * MIB}],
    }
).encode()  # fmt: skip

PANDAS = "/opt/lib/python3.12/site-packages/pandas"
LIBRARIES = profile(
    [("main", "job.py"), ("read_csv", f"{PANDAS}/readers.py"), ("_read", f"{PANDAS}/readers.py"),
      ("convert", "job.py"), ("walk", "tree.py"),
     ("loads", "/usr/lib/python3.12/json/__init__.py"), ("decode",
      "/usr/lib/python3.12/json/decoder.py")],
    [[0, 0, 0, 0, 0], [0, 1, 5, 0, 0], [1, 2, 100, 2 * MIB, 1], [2, 3, 200, 30 * MIB, 1],
      [3, 4, 9, 8 * MIB, 1],
     [1, 5, 2, 4 * MIB, 1], [5, 5, 2, 4 * MIB, 1], [6, 5, 3, 2 * MIB, 1], [1, 6, 300, 0, 0],
      [8, 7, 337, 50 * MIB, 7]],
    {"job.py": {"5": "frame = pandas.read_csv(path, "
                     "converters=convert)", "9": "return float(text)"}},
)  # fmt: skip

# Of a difference, a node's sixth number is what it held by itself before.
DIFF = from_version_1(
    json.dumps(
        json.loads(SMALL)
        | {
            "kind": "diff", "peak_bytes": 100 * MIB,
            "old": {"peak_bytes": 80 * MIB, "command": ["job.py", "before"], "started": 1790000000},
            "new": {"peak_bytes": 100 * MIB, "command": ["job.py", HOSTILE], "started": 1790000100},
            "nodes": [[0, 0, 0, 0, 0, 0], [0, 1, 3, 0, 0, 0], [1, 2, 10, 60 * MIB, 2, 20 * MIB],
                      [1, 3, 20, 30 * MIB, 1, 52 * MIB], [3, 2, 10, 8 * MIB, 1, 8 * MIB],
                      [1, 4, 1, 2 * MIB, 1, 0]],
        }
    ).encode()
)  # fmt: skip


class Page:
    """A report opened in a browser without a network, which records what it asks for and what goes
    wrong in it."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.path = path
        self.context = browser.new_context(offline=True, **options)
        self.tab = self.context.new_page()
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("pageerror", lambda error: self.problems.append(str(error)))
        self.tab.on(
            "console",
            lambda message: self.problems.append(message.text) if message.type == "error" else None,
        )
        self.tab.on("dialog", lambda dialog: self.problems.append("a dialog"))
        self.tab.goto(path.as_uri())
        if self.tab.locator("#graph").count():
            self.drawn()

    def drawn(self) -> None:
        """Waits until all boxes are there: of many, the last come after the first can be seen."""
        self.tab.wait_for_selector('#graph[aria-busy="false"]', state="attached")

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.tab.locator(selector).all_inner_texts()]

    def names(self) -> list[str]:
        """The first words of the frames that have room for text, row by row."""
        return [text.split()[0] for text in self.texts("#graph .frame") if text]

    def frame(self, text: str) -> Any:
        return self.tab.locator("#graph .frame", has_text=text).first

    def close(self) -> None:
        """The page did nothing but show itself."""
        assert self.problems == []
        assert self.requests == [self.path.as_uri()]
        self.context.close()


def write(path: Path, data: bytes, form: str = "html") -> Path:
    """The page of this profile, or of this difference."""
    given = json.loads(data)
    if given["kind"] != "diff":
        path.write_bytes(_filext.render(data, form))
        return path
    text = from_version_1(data) if given["version"] == 1 else data
    write_json(path, text, "embed" if form == "html-embed" else "page")
    title = f"<title>Peak Memory ({given.get('peak_bytes', 0) / MIB:.1f} MiB)</title>"
    path.write_text(re.sub("<title>.*?</title>", title, path.read_text(), count=1))
    return path


def write_json(path: Path, text: bytes, mode: str = "page") -> Path:
    """The page around this JSON, as it is."""
    path.write_bytes(_filext.page(text, mode))
    return path


def opened(browser: Any, folder: Path, data: bytes, form: str = "html", **options: Any) -> Page:
    return Page(browser, write(folder / "index.html", data, form), **options)


def page_fixture(data: bytes) -> Callable[..., Iterator[Page]]:
    """A fixture: this profile's page, opened, and at the end found to have done nothing but show
    itself."""

    @pytest.fixture
    def page(browser: Any, tmp_path: Path) -> Iterator[Page]:
        shown = opened(browser, tmp_path, data)
        yield shown
        shown.close()

    return page
