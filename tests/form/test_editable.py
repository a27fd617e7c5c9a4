# SPDX-License-Identifier: Apache-2.0
"""An editable install: Python's files stay where they are, what is compiled lies in a build
folder."""

import shutil
import subprocess
import sys
from pathlib import Path

from filprofiler import _filext

START = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import filprofiler
filprofiler.__path__.append(sys.argv.pop(1))
sys.argv[0] = "fil-profile"
from filprofiler.cli import main
main()
"""


def test_compiled_parts_in_a_folder_of_their_own(tmp_path: Path) -> None:
    installed, sources, build = Path(_filext.__file__).parent, tmp_path / "src", tmp_path / "build"
    compiled = [
        path for path in installed.iterdir() if path.suffix == ".so" or path.name == "filwatch"
    ]
    assert len(compiled) == 3
    shutil.copytree(
        installed, sources / "filprofiler", ignore=lambda *_: [path.name for path in compiled]
    )
    build.mkdir()
    for path in compiled:
        shutil.copy(path, build)
    (tmp_path / "job.py").write_text(
        "import os\nkept = bytearray(20_000_000)\nos.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", START, str(sources), str(build)]
    command += ["run", "--no-browser", "job.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == -9 and "job.py:2" in done.stderr, done.stderr
