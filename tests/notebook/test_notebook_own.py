# SPDX-License-Identifier: Apache-2.0
"""Own code beside the cells: `%%filprofile --own`, and the setting in pyproject.toml."""

from pathlib import Path

from support.notebooks import Notebook, displays, kernel

CODE = "import helping\n\ndef load():\n    return helping.make()\n"
HELPING = "def make():\n    return bytearray(20_000_000)\n"
CELL = "import sys\nsys.path.insert(0, 'env/site-packages')\nimport mylib"


def first(notebook: Notebook, cell: str) -> str:
    """The first row of the cell's report."""
    status, outputs = notebook.run(cell)
    assert status == "ok"
    [data] = displays(outputs)
    return str(data["text/plain"]).splitlines()[1]


def prepare(folder: Path) -> None:
    site = folder / "env/site-packages"
    site.mkdir(parents=True)
    (site / "mylib.py").write_text(CODE)
    (site / "helping.py").write_text(HELPING)


def test_the_option(tmp_path: Path) -> None:
    prepare(tmp_path)
    with kernel(tmp_path) as notebook:
        notebook.run(CELL)
        row = first(notebook, "%%filprofile\nkept = mylib.load()")
        assert "In[3]:2  <module>  kept = mylib.load()  in mylib" in row
        row = first(notebook, "%%filprofile --own mylib --own x\nkept = mylib.load()")
        assert "mylib.py:4  load  return helping.make()  in helping" in row
        row = first(notebook, "%filprofile --own=env/site-packages/helping.py kept = mylib.load()")
        assert "helping.py:2  make  return bytearray(20_000_000)" in row
        status, outputs = notebook.run("%%filprofile --own\nx = 1")
        assert status == "error" and "--own: expected one argument" in outputs[0][1]["text"]


def test_the_setting(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.filprofiler]\nown = ["mylib"]\n')
    with kernel(tmp_path) as notebook:
        notebook.run(CELL)
        row = first(notebook, "%%filprofile\nkept = mylib.load()")
        assert "mylib.py:4  load  return helping.make()  in helping" in row
