# SPDX-License-Identifier: Apache-2.0
"""`--format markdown`, read back by a parser of Markdown: nothing of a program's is obeyed."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from support.terminals import Terminal, fil

MIB = 1 << 20
NASTY = [
    "x = a | b  # `code` **bold** _it_ ~~no~~",
    "</code><script>alert(1)</script><img src=x onerror=alert(1)>",
    "![pic](http://example.org/x.png) [link](javascript:alert(1)) www.example.org",
    "&lt;b&gt; &#124; \\| \\` $$x$$ {{ x }} @octocat #1 :smile:",
    "a\n| b | c |\n\n# Title",
    "<!-- " + "`" * 20 + " _a_ __b__ *c*",
]


class Cells(HTMLParser):
    """The tables of a page: their cells' texts; and all elements there are."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data


def read(text: str) -> Cells:
    cells = Cells()
    cells.feed(
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    )
    return cells


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A profile with a line for each nasty text, which is the line's source, function and file."""
    functions = [{"name": "", "file": "", "first_line": 0}]
    functions += [
        {"name": text, "file": f"{i}{text}", "first_line": 1} for i, text in enumerate(NASTY)
    ]
    nodes = [[0, 0, 0, 0, 0]] + [[0, i + 1, 1, (10 - i) * MIB, 1] for i in range(len(NASTY))]
    head = {"format": "filprofiler", "version": 1, "kind": "peak", "command": ["python", *NASTY]}
    head["peak_bytes"] = sum(node[3] for node in nodes)
    sources = {f"{i}{text}": {"1": text} for i, text in enumerate(NASTY)}
    data = head | {"functions": functions, "nodes": nodes, "sources": sources}
    (tmp_path / "nasty.json").write_text(json.dumps(data))
    return "nasty.json"


def shown(text: str) -> str:
    return text.replace("\n", "\\n")


def test_a_table_reads_as_it_was_written(file: str) -> None:
    done = fil("table", "--format", "markdown", file)
    page = read(done.stdout)
    assert done.returncode == 0 and page.rows[0] == ["Held", "Share", "Line", "Function", "Source"]
    assert len(page.rows) == 1 + len(NASTY)
    for i, (text, row) in enumerate(zip(NASTY, page.rows[1:], strict=True)):
        assert row[2:] == [shown(f"{i}{text}:1"), shown(text), shown(text)]
    assert page.tags == {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code"}


@pytest.mark.parametrize(
    "command", ["summary", "table --by file", "table --by function -n 2", "diff"]
)
def test_nothing_is_obeyed(command: str, file: str) -> None:
    Path("old.json").write_text(
        json.dumps(
            json.loads(Path(file).read_text()) | {"nodes": [[0, 0, 0, 0, 0]], "peak_bytes": 0}
        )
    )
    files = ["old.json", file] if command == "diff" else [file]
    page = read(fil(*command.split(), "--format", "markdown", *files).stdout)
    assert (
        page.tags <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code"}
        and len(page.rows) > 2
    )


def test_a_difference_is_written_as_markdown(file: str) -> None:
    Path("old.json").write_text(
        json.dumps(
            json.loads(Path(file).read_text()) | {"nodes": [[0, 0, 0, 0, 0]], "peak_bytes": 0}
        )
    )
    assert fil("diff", "old.json", file, "-o", "change.md").returncode == 0
    rows = read(Path("change.md").read_text()).rows
    assert rows[0][:2] == ["Change", "%"] and rows[1][0] == "+10.0 MiB" and rows[1][6] == NASTY[0]


def test_it_is_the_same_on_a_terminal(file: str) -> None:
    terminal = Terminal("table", "--format", "markdown", file, width=40)
    assert (
        terminal.read_until().replace("\r", "") == fil("table", "--format", "markdown", file).stdout
    )
    assert terminal.close() == 0


def test_json_by_its_other_name(file: str) -> None:
    assert (
        fil("table", "--format", "json", file).stdout == fil("table", "--json", file).stdout != ""
    )
