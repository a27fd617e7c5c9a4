# SPDX-License-Identifier: Apache-2.0
"""The report formats, byte for byte. `./dev golden` records them again; look at the difference
before you commit it."""

import json
import os
import re

import pytest
from support.recorded import profile
from support.running import REPOSITORY

from filprofiler import Snapshot, _filext
from filprofiler.exportformats import speedscope

FOLDER = REPOSITORY / "tests/reports/golden"


@pytest.mark.parametrize("name", ["prof", "svg", "svg-reversed", "json", "summary"])
def test_golden(name: str) -> None:
    """Without the version, the styles and the script, which have tests of their own."""
    text = _filext.render(profile(), name).decode()
    text = re.sub(r"filprofiler \d+\.\d+\.\d+", "filprofiler VERSION", text)
    text = re.sub(r"(<style>).*?(</style>)|(<script>).*?(</script>)", r"\1\2\3\4", text, flags=re.S)
    compare(name, text)


def test_golden_speedscope() -> None:
    text = (
        json.dumps(json.loads(speedscope(Snapshot(profile()))), indent=1, ensure_ascii=False) + "\n"
    )
    compare("speedscope.json", re.sub(r"filprofiler \d+\.\d+\.\d+", "filprofiler VERSION", text))


def compare(name: str, text: str) -> None:
    path = FOLDER / f"report.{name}"
    if os.environ.get("FIL_RECORD_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()
