# SPDX-License-Identifier: Apache-2.0
"""Functions have their qualified names, in all that is written of a profile."""

import json
import re
from pathlib import Path

from support.running import run_profiled

from filprofiler import Snapshot
from filprofiler.exportformats import WRITERS

JOB = """
class Pipeline:
    def fit(self):
        self.kept = bytearray(30_000_000)

class Model:
    def fit(self):
        self.kept = (lambda: bytearray(20_000_000))()

def decorator(function):
    def wrapper():
        return function(bytearray(10_000_000))
    return wrapper

@decorator
def keeps(held):
    class Held:
        def make(self):
            return [bytearray(8_000_000), held]
    return Held().make()

kept = Pipeline(), Model(), keeps()
kept[0].fit()
kept[1].fit()
"""
NAMES = {
    "Pipeline.fit": 30_000_000,
    "Model.fit.<lambda>": 20_000_000,
    "decorator.wrapper": 10_000_000,
    "keeps.Held.make": 8_000_000,
}


def test_qualified_names(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(JOB)
    done = run_profiled(["job.py"], tmp_path / "out")
    assert done.report
    snapshot = Snapshot.load(done.report / "peak-memory.json")
    held = {
        snapshot.frame(row[1], row[2]).function: row[3]
        for row in snapshot.native.answers("function")
    }
    for name, size in NAMES.items():
        assert size <= held[name] <= size + 10_000, name
        assert f"({name})" in (done.report / "peak-memory.prof").read_text()
        assert (
            name.replace("<", "&lt;").replace(">", "&gt;")
            in (done.report / "peak-memory.svg").read_text()
        )
        assert (
            f"({name})" in WRITERS["folded"](snapshot).decode()
            and name in WRITERS["csv"](snapshot).decode()
        )
        assert any(
            frame["name"].startswith(name)
            for frame in json.loads(WRITERS["speedscope"](snapshot))["shared"]["frames"]
        )
    assert "<locals>" not in snapshot.profile.decode()
    assert re.search(r"Pipeline\.fit +self\.kept = bytearray\(30_000_000\)", done.stderr)


def test_a_thread_begins_at_its_function(tmp_path: Path) -> None:
    """Frames of threading.Thread that only start it have qualified names, too."""
    job = "import threading\n\ndef work():\n    kept.append(bytearray(20_000_000))\n\nkept = []\n"
    (tmp_path / "job.py").write_text(job + "threading.Thread(target=work).start()\n")
    done = run_profiled(["job.py"], tmp_path / "out")
    assert done.report and done.bytes_at("job.py:4 (work)") >= 20_000_000
