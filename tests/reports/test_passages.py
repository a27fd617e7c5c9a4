# SPDX-License-Identifier: Apache-2.0
"""The source of own code in a profile, whole: as Python reads it, within limits, and first to go
where a page has little room (docs/profile.md, Texts)."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from filprofiler.jupyter.display import as_html
from support.pages import MIB, profile
from support.running import run_profiled

from filprofiler import Snapshot, _filext

Texts = dict[str, list[list[Any]]]
HOLD = "kept = bytearray(3_000_000)"


def texts(folder: Path, *options: str, program: str = "job.py") -> Texts:
    """Those of a program in this folder, by the last part of their names."""
    done = run_profiled([program], folder / "out", cwd=folder, options=options)
    assert done.report, done.stderr
    data = json.loads((done.report / "peak-memory.json").read_text())
    return {Path(file).name: passages for file, passages in data.get("texts", {}).items()}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_whole_with_its_indentation(end: str, tmp_path: Path) -> None:
    lines = ["def f():", "\treturn bytearray(3_000_000)", "", "  # nothing", "kept = f()"]
    (tmp_path / "job.py").write_bytes(end.join([*lines, ""]).encode())
    assert texts(tmp_path) == {"job.py": [[1, "\n".join(lines)]]}


def test_it_is_read_as_the_file_declares_it(tmp_path: Path) -> None:
    lines = ["# coding: cp1252", HOLD, "# caf\u00e9 \u20ac \x01 \x7f end"]
    (tmp_path / "job.py").write_bytes("\n".join(lines).encode("cp1252"))
    clean = lines[2].replace("\x01", " ").replace("\x7f", " ")
    assert texts(tmp_path) == {"job.py": [[1, "\n".join([*lines[:2], clean])]]}


def test_long_lines_are_cut(tmp_path: Path) -> None:
    accents, fits = "\u00e9" * 500, "y = '" + "b" * 394 + "'"
    (tmp_path / "job.py").write_text(f"{HOLD}\nx = '{accents}'\n{fits}\n")
    (_, text), *_ = texts(tmp_path)["job.py"]
    assert text.split("\n")[1:] == [f"x = '{accents[:395]}\u2026", fits]


def test_libraries_have_none(tmp_path: Path) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "lib.py").write_text(f"{HOLD}\n")
    (tmp_path / "job.py").write_text("import sys\nsys.path.append('site-packages')\nimport lib\n")
    assert list(texts(tmp_path)) == ["job.py"]
    assert list(texts(tmp_path, "--own", "lib")) == ["lib.py", "job.py"]


def test_of_a_large_file_there_is_what_stands_near_its_lines(tmp_path: Path) -> None:
    lines = [f"# line {number} {'-' * 300}" for number in range(1, 1001)]
    lines[499], lines[505], lines[999] = (
        "a = bytearray(3_000_000)",
        "b = bytearray(3_000_000)",
        HOLD,
    )
    (tmp_path / "job.py").write_text("\n".join(lines))
    first, second = texts(tmp_path)["job.py"]
    assert first == [495, "\n".join(lines[494:511])]
    assert second == [995, "\n".join(lines[994:1000])]


def test_what_holds_the_most_comes_first(tmp_path: Path) -> None:
    """Two files of 200 KB have room, the third has none: the one that holds the least."""
    sizes = {"small": 2_000_000, "large": 9_000_000, "middle": 4_000_000}
    filler = "\n".join(["# " + "-" * 98] * 2000)
    for name, size in sizes.items():
        (tmp_path / f"{name}.py").write_text(f"{filler}\nkept = bytearray({size})\n")
    (tmp_path / "job.py").write_text("import small, large, middle\n")
    found = texts(tmp_path)
    assert [name for name, passages in found.items() if passages[0][0] == 1] == [
        "large.py",
        "middle.py",
        "job.py",
    ]
    assert [line for line, _ in found["small.py"]] == [1996]
    assert sum(len(text) for passages in found.values() for _, text in passages) <= 512 << 10


def test_they_are_read_again(tmp_path: Path) -> None:
    data = json.loads(profile([("f", "a.py")], [[0, 0, 0, 0, 0], [0, 1, 2, MIB, 1]], {}))
    data |= {
        "texts": {"a.py": [[1, "import b\n\tx = 1"], [9, "\u202e</script>"]], "b.py": [[4, ""]]}
    }
    snapshot = Snapshot(json.dumps(data).encode())
    snapshot.save(tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text())["texts"] == data["texts"]
    page = snapshot.native.render("html").decode()
    assert page.count("</script>") == 2 and page.count("\u202e") == 1


@pytest.mark.parametrize("wrong", [{"a.py": [1]}, {"a.py": [[0, "x"]]}, {"a.py": [[1, 2]]}])
def test_what_is_none_is_refused(wrong: Any) -> None:
    data = json.loads(profile([("f", "a.py")], [[0, 0, 0, 0, 0], [0, 1, 2, MIB, 1]], {}))
    with pytest.raises(ValueError, match="texts"):
        Snapshot(json.dumps(data | {"texts": wrong}).encode())


def test_cells_are_whole() -> None:
    file, source = "/tmp/ipykernel_7/1.py", "import numpy\n\nif True:\n    x = numpy.ones(9)\n"
    data = profile([("<module>", file)], [[0, 0, 0, 0, 0], [0, 1, 4, 3 * MIB, 1]], {})
    shown = Snapshot(data).native.as_cells({file: ("In[3]", source, 0)})
    assert json.loads(shown.render("json"))["texts"] == {"In[3]": [[1, source.rstrip("\n")]]}


def test_a_difference_has_those_of_the_new_profile() -> None:
    data = json.loads(profile([("f", "a.py")], [[0, 0, 0, 0, 0], [0, 1, 1, MIB, 1]], {}))
    older, newer = (
        Snapshot(json.dumps(data | {"texts": {"a.py": [[1, text]]}}).encode())
        for text in ("old()", "new()")
    )
    made = _filext.difference(older.native, newer.native, [])
    assert json.loads(made.render("json"))["texts"] == {"a.py": [[1, "new()"]]}


@pytest.mark.parametrize(
    ("lines", "first"), [(100, [1]), (9000, [495, 1495]), (0, None)], ids=["whole", "near", "none"]
)
def test_a_notebooks_page_has_what_there_is_room_for(lines: int, first: list[int] | None) -> None:
    """Whole files go first: to what stands near the named lines, then altogether; nodes stay."""
    count = 900 if first is None else 1
    functions = [(f"f{i}" + "\"'" * 20, f"m{i}.py") for i in range(count)]
    nodes = [[0, 0, 0, 0, 0]]
    nodes += [[0, 1 + i, line, MIB, 1] for i in range(count) for line in (50, 500, 1500)]
    named = {str(line): f"x{line}" for line in ((50,) if lines == 100 else (500, 1500))}
    data = json.loads(profile(functions, nodes, {"m0.py": named}))
    text = "\n".join(f"x{line} = '{'quoted' * 3}'" for line in range(1, (lines or 4000) + 1))
    snapshot = Snapshot(json.dumps(data | {"texts": {"m0.py": [[1, text]]}}).encode())
    written = as_html(snapshot)
    frame = re.search(r'srcdoc="([^"]*)"', written)
    assert len(written) < 300_000 and frame
    shown = json.loads(html.unescape(frame[1]).split('id="profile">')[1].split("</script>")[0])
    assert [line for line, _ in shown.get("texts", {}).get("m0.py", [])] == (first or [])
    assert ("cut" in shown) == (first is None)
