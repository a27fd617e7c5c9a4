# SPDX-License-Identifier: Apache-2.0
"""A real JupyterLab and a tab of the browser in it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat


def write_notebook(path: Path, cells: tuple[str, ...]) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {
        "name": "filprofile",
        "display_name": "Python 3 with Fil",
        "language": "python",
    }
    nbformat.write(notebook, path)


class Lab:
    """A JupyterLab server over a folder, and a tab of the browser in it."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self.folder = folder
        runtime = folder / "runtime"
        settings = folder / "settings/@jupyterlab/apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text(
            '{"fetchNews": "false", "checkForUpdates": false}'
        )
        environment = os.environ | {
            "HOME": str(folder),
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "JUPYTER_PREFER_ENV_PATH": "1",
        }
        environment["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
        flags = [
            "--no-browser",
            "--ip=127.0.0.1",
            "--port=0",
            "--allow-root",
            f"--ServerApp.root_dir={folder}",
        ]
        self.server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *flags], env=environment, stderr=subprocess.DEVNULL
        )
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
