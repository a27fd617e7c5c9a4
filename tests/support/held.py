# SPDX-License-Identifier: Apache-2.0
"""The victims of tests/libraries, and the line that each of them marks."""

from pathlib import Path

from support.running import REPOSITORY

VICTIMS = REPOSITORY / "tests/libraries/victims"
TOLERANCE = 0.10


def held_line(victim: Path) -> int:
    """The number of the one line marked `# held`."""
    (number,) = (
        number
        for number, line in enumerate(victim.read_text().splitlines(), 1)
        if line.endswith("  # held")
    )
    return number
