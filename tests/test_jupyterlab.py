# SPDX-License-Identifier: Apache-2.0
"""A notebook in real JupyterLab, in real Chromium."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import REPOSITORY

CELLS = ("%load_ext filprofiler", "%%filprofile\ndef make():\n    return bytearray(50_000_000)\nblock = make()\nlen(block)")
FRAME = 'iframe[title^="Memory at the peak"]'


def write_notebook(path: Path, cells: tuple[str, ...]) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "filprofile", "display_name": "Python 3 with Fil", "language": "python"}
    nbformat.write(notebook, path)


class Lab:
    """A JupyterLab server over a folder, and a tab of the browser in it."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self.folder = folder
        runtime = folder / "runtime"
        settings = folder / "settings/@jupyterlab/apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
        environment = os.environ | {"HOME": str(folder), "JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_PREFER_ENV_PATH": "1"}
        environment["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
        flags = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root", f"--ServerApp.root_dir={folder}"]
        self.server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *flags], env=environment, stderr=subprocess.DEVNULL)
        self.address: dict[str, Any] = {}
        while not self.address:
            assert self.server.poll() is None, "the server ended"
            for path in runtime.glob("jpserver-*.json"):
                self.address = json.loads(path.read_text() or "{}")
            time.sleep(0.1)
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})

    def open(self, name: str) -> Any:
        tab = self.context.new_page()
        tab.set_default_timeout(90_000)
        tab.goto(f"{self.address['url']}lab/tree/{name}?token={self.address['token']}&reset")
        tab.wait_for_selector(".jp-Notebook .jp-Cell")
        return tab

    def run_all(self, tab: Any) -> None:
        tab.get_by_text("Python 3 with Fil | Idle").wait_for()
        tab.locator(".lm-MenuBar-item", has_text="Run").first.click()
        tab.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()

    def saved(self, tab: Any, name: str) -> str:
        tab.locator(".jp-Notebook").click(position={"x": 5, "y": 5})
        tab.keyboard.press("Control+s")
        while "srcdoc" not in (text := (self.folder / name).read_text()):
            tab.wait_for_timeout(100)
        return text

    def close(self) -> None:
        self.context.close()
        self.server.terminate()
        self.server.wait()


@pytest.fixture(scope="module")
def lab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(browser, tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


def test_a_profiled_cell_shows_its_report(lab: Lab) -> None:
    write_notebook(lab.folder / "profiled.ipynb", CELLS)
    tab = lab.open("profiled.ipynb")
    lab.run_all(tab)
    graph = tab.frame_locator(FRAME)
    graph.get_by_role("button", name="make In[2]:3").click()
    assert "bytearray(50_000_000)" in graph.locator("#graph").inner_text()
    assert "traitlets" not in tab.inner_text(".jp-Notebook") and "IPython" not in graph.locator("body").inner_text()
    assert "In[2]:3" in tab.locator(".jp-OutputArea-output table", has_text="MiB").inner_text()
    assert tab.locator(".jp-OutputArea-executeResult", has_text="50000000").count() == 1
    assert tab.locator(".jp-OutputArea-output[data-mime-type*=stderr]").count() == 0
    if os.environ.get("FIL_SCREENSHOTS"):
        graph.locator("#reset").click()
        tab.screenshot(path=REPOSITORY / "docs/images/jupyterlab.png")
    text = lab.saved(tab, "profiled.ipynb")
    tab.close()
    check_untrusted(lab, text)


def check_untrusted(lab: Lab, text: str) -> None:
    """Somebody else opens the notebook: no script may run, the table and the text stay."""
    (lab.folder / "received.ipynb").write_text(text.replace("len(block)", "len(block) # theirs"))
    tab = lab.open("received.ipynb")
    tab.wait_for_selector(".jp-RenderedHTML table")
    assert "bytearray(50_000_000)" in tab.inner_text(".jp-RenderedHTML")
    assert tab.locator(FRAME).count() == 0
    tab.close()


def test_a_failing_cell_stops_run_all(lab: Lab) -> None:
    write_notebook(lab.folder / "failing.ipynb", (CELLS[0], "%%filprofile\nblock = bytearray(30_000_000)\n1 / 0", "print('not' + ' reached')"))
    tab = lab.open("failing.ipynb")
    lab.run_all(tab)
    tab.wait_for_selector(FRAME)
    tab.wait_for_selector(".jp-RenderedText >> text=ZeroDivisionError")
    assert "not reached" not in tab.inner_text(".jp-Notebook")
    assert lab.folder.joinpath("failing.ipynb").exists()
    tab.close()


def test_the_frame_has_the_colours_of_the_lab(lab: Lab) -> None:
    """JupyterLab's own theme, not the system's, which is light here."""
    write_notebook(lab.folder / "dark.ipynb", CELLS)
    tab = lab.open("dark.ipynb")
    tab.emulate_media(color_scheme="null")  # else the browser's driver decides for all frames
    tab.evaluate("document.body.dataset.jpThemeLight = 'false'")
    lab.run_all(tab)
    body = tab.frame_locator(FRAME).locator("body")
    colour = body.evaluate("body => getComputedStyle(body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", colour)[:3])) < 200, colour
    tab.close()
