# SPDX-License-Identifier: Apache-2.0
"""What the documents name exists: files, folders, functions, tasks, commands and links."""

import re
from functools import cache
from pathlib import Path

import pytest
from support.running import REPOSITORY

from filprofiler.helptexts import COMMANDS

# Where a path in a document may begin: `engine/ended.c` is below filext.
BEGINNINGS = ("", "filext", "src/filprofiler", "report", "tests", "docs")
# Of the reader's machine, not of the project.
EXAMPLES = {
    *(".venv/bin/black", ".venv/lib/python3.12/site-packages", "lib/python3.12"),
    *("site-packages/job", "pandas/__init__.py", "build/bench", "change.md", "types.py"),
    *("job.py", "main.py", "script.py", "os.py", "contextlib.py"),
}
FOLDER_OR_FILE = re.compile(r"[\w.*-]+(/[\w.*-]+)+")
FILE = re.compile(r"[\w-]+\.(c|h|S|py|js|css|md|toml)")


def documents(root: Path = REPOSITORY) -> list[Path]:
    return [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("docs/*.toml")]


def quoted(text: str) -> set[str]:
    """The words that stand between backticks."""
    spans = re.findall(r"`([^`]+?)`", re.sub(r"```.*?```", "", text, flags=re.S))
    return {word.rstrip(".;/") for span in spans for word in re.split(r"[\s,:()=]+", span)}


def is_there(word: str) -> bool:
    return any(any(REPOSITORY.glob(f"{one}/{word}".strip("/"))) for one in BEGINNINGS)


@cache
def names_of_files() -> set[str]:
    """The name of each of the project's files."""
    folders = ("filext", "report", "src", "kernel", "jupyter", "tests", "docs", "examples")
    inside = [path for folder in folders for path in (REPOSITORY / folder).rglob("*")]
    return {path.name for path in (*inside, *REPOSITORY.glob("*"))}


@cache
def sources() -> str:
    files = [path for folder in ("filext", "report") for path in (REPOSITORY / folder).rglob("*")]
    return "\n".join(path.read_text() for path in files if path.suffix in (".c", ".h", ".S"))


def missing(document: Path) -> set[str]:
    """What the document names, and what isn't there."""
    text = document.read_text()
    words = quoted(text) - EXAMPLES
    known, code = names_of_files(), sources()
    tasks = set(re.findall(r"^([a-z-]+)\) ##", (REPOSITORY / "dev").read_text(), re.M))
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    functions = {word for word in words if re.fullmatch(r"fil_[a-z_]+", word)}
    return {
        *(word for word in words if FOLDER_OR_FILE.fullmatch(word) and not is_there(word)),
        *(word for word in words if FILE.fullmatch(word) and word not in known),
        *(name for name in functions if not re.search(rf"\b{name}", code)),
        *(f"./dev {name}" for name in re.findall(r"\./dev ([a-z-]+)", text) if name not in tasks),
        *(
            f"fil-profile {name}"
            for name in re.findall(r"`fil-profile ([a-z]+)", text)
            if name not in COMMANDS
        ),
        *(
            link
            for link in links
            if "://" not in link and not (document.parent / link).resolve().exists()
        ),
    }


@pytest.mark.parametrize(
    "document", documents(), ids=lambda path: str(path.relative_to(REPOSITORY))
)
def test_what_it_names_is_there(document: Path) -> None:
    assert missing(document) == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`engine/ended.c` and `filext/engine/`, `ended.h`, `tests/engine/*.py`", set()),
        ("`engine/no_such.c`", {"engine/no_such.c"}),
        ("In `filext/cellar`.", {"filext/cellar"}),
        ("The rule is in `no_such.js`:", {"no_such.js"}),
        ("`fil_recorder_new()` calls `fil_no_such`", {"fil_recorder_new", "fil_no_such"}),
        ("Run ./dev setup, then ./dev nothing", {"./dev nothing"}),
        ("`fil-profile table` and `fil-profile chair`", {"fil-profile chair"}),
        ("[here](planted.md#top) and [there](no-such.md)", {"no-such.md"}),
    ],
)
def test_a_planted_name_is_seen(text: str, found: set[str], tmp_path: Path) -> None:
    document = tmp_path / "planted.md"
    document.write_text(text)
    assert missing(document) == found
