# SPDX-License-Identifier: Apache-2.0
"""The first line shown is the reader's own line that holds the most: those jobs of
docs/own-lines.md that need no library but NumPy and matplotlib."""

import re
from pathlib import Path

import pytest
from support.own_lines import COLUMNS, PAGE, Job, Result, Runner, jobs, page

HERE = [job for job in jobs() if job.module in ("", "numpy", "matplotlib")]


def names(found: list[Job]) -> list[str]:
    return [f"{job.name}-{job.way}" for job in found]


@pytest.mark.parametrize("job", HERE, ids=names(HERE))
def test_the_first_line_is_the_readers_own(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = Runner(tmp_path, []).run(job)
    assert found and found.first == (found.expected,) * len(COLUMNS)


def test_the_page_has_all_jobs() -> None:
    """It was made of the jobs that there are, and all of them were good."""
    text = PAGE.read_text()
    rows = re.findall(r"^\| .* \(`(\w+)`\) \| ([^|]+) \| `[^`]+` \| (.*) \|$", text, re.MULTILINE)
    assert [f"{name}-{way}" for name, way, _ in rows] == names(jobs())
    assert all(cells == " | ".join(["yes"] * len(COLUMNS)) for _, _, cells in rows)


def test_a_line_that_is_not_first_is_named() -> None:
    job = jobs()[0]
    made = page([Result(job, "job.py:3", ("job.py:3", "io.py:7", "job.py:3", "job.py:3"))])
    assert "| `job.py:3` | yes | io.py:7 | yes | yes |" in made and "0 of 1 jobs" in made
