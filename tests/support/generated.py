# SPDX-License-Identifier: Apache-2.0
"""The headers of report/ that the build generates, for tests that compile C themselves."""

import re
import subprocess
import sys
from pathlib import Path

from support.running import REPOSITORY

REPORT = REPOSITORY / "report"


def write_headers(folder: Path) -> None:
    """Writes the page's parts and the tables of encodings and characters into the folder."""
    names = re.findall(r"'(web/(?!embed)[^']+)'", (REPORT / "meson.build").read_text())
    assets = [REPORT / "web/embed.py", folder / "assets.h", *(REPORT / name for name in names)]
    subprocess.run([sys.executable, *assets], check=True)
    for name in ("encodingtables", "charactertables"):
        subprocess.run([sys.executable, REPORT / f"{name}.py", folder / f"{name}.h"], check=True)
