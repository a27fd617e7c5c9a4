# SPDX-License-Identifier: Apache-2.0
"""Reports where there is no room for them: each file whole or not at all, a line for each that
couldn't be written, and the program's end as ever."""

import errno
import json
import os
import subprocess
import xml.dom.minidom
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.limits import command_line
from support.running import Outcome, run_profiled

FILES = [
    "index.html",
    "{}.svg",
    "{}.prof",
    "{}.json",
    "{}-reversed.svg",
]  # in the order in which they are written
PROGRAM = """
import os, resource, sys
space, kept = {{"kept": []}}, []
exec("\\n".join(f"def leaf{{n}}(): kept.append([0] * 30)" for n in range(100)), space)
exec("\\n".join(f"def caller{{n}}(leaf): leaf()" for n in range({callers})), space)
for caller in range({callers}):
    for leaf in range(100): space[f"caller{{caller}}"](space[f"leaf{{leaf}}"])
{before}
if {short}:
    resource.setrlimit(resource.RLIMIT_AS, (500 << 20,) * 2)
    while True: kept.append(bytearray(50_000_000))
sys.exit(7)
"""
STEM = {False: "peak-memory", True: "out-of-memory"}


def run(folder: Path, short: bool, callers: int = 1, before: str = "", **how: Any) -> Outcome:
    (folder / "program.py").write_text(PROGRAM.format(callers=callers, short=short, before=before))
    done = run_profiled(["program.py"], folder / "out", cwd=folder, **how)
    assert (done.returncode, done.stdout, done.program_stderr) == (53 if short else 7, "", "")
    lines = [
        line
        for line in done.stderr.splitlines()
        if "After a kill there will be no report" not in line
    ]
    # Whatever becomes of the files: what was met, and what the recording was about.
    assert lines[2].startswith(
        "=fil-profile= Out of memory: " if short else "=fil-profile= Peak memory: "
    )
    assert (
        done.stderr.count(
            "=fil-profile= Memory at that time, " if short else "=fil-profile= Peak memory: "
        )
        == 1
    )
    return done


def check_whole(file: Path, stem: str) -> None:
    text = file.read_text()
    if file.suffix == ".svg":
        xml.dom.minidom.parseString(text)
    elif file.suffix == ".json":
        assert json.loads(text)["nodes"]
    elif file.suffix == ".html":
        assert text.rstrip().endswith("</html>")
    else:
        assert text.endswith("\n") and all(
            int(line.rpartition(" ")[2]) > 0 for line in text.splitlines()
        )
    assert file.name == "index.html" or file.name.startswith(stem)


def missing(done: Outcome, short: bool, why: str) -> set[str]:
    """The files that one line each says can't be written; the others are whole, and nothing else is
    there."""
    folder = Path(done.stderr.partition("will be written to ")[2].partition(" at exit.\n")[0])
    beginning = f"=fil-profile= Can't write {folder}/"
    unwritten = [
        line.removeprefix(beginning)
        for line in done.stderr.splitlines()
        if line.startswith(beginning)
    ]
    assert all(line.endswith(f": {why}") for line in unwritten)
    names = {line.partition(":")[0] for line in unwritten}
    assert len(names) == len(unwritten)
    written = (
        {file.name for file in folder.iterdir()} - {"recording.fil"} if folder.exists() else set()
    )
    assert not folder.exists() or any(folder.iterdir())  # no empty one stays
    assert not names & written and names | written == {name.format(STEM[short]) for name in FILES}
    for name in written:
        check_whole(folder / name, STEM[short])
    wrote = [line.rpartition(" ")[2] for line in done.stderr.splitlines() if "Wrote " in line]
    assert all(os.path.exists(path) for path in wrote) and bool(wrote) == bool(written)
    return names


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder whose `out` is a file system of so many KiB."""
    out = tmp_path / "out"
    out.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={request.param}k", "none", out],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield tmp_path
    subprocess.run(["umount", "--lazy", out], check=True)


@pytest.mark.parametrize("short", [False, True], ids=["exit", "short"])
@pytest.mark.parametrize(
    ("disk", "fewest", "most"),
    [(4, 4, 5), (120, 1, 4), (400, 1, 3), (8000, 0, 0)],
    indirect=["disk"],
)
def test_a_full_disk(disk: Path, fewest: int, most: int, short: bool) -> None:
    """What is most useful comes first."""
    done = run(disk, short, callers=200)
    names = missing(done, short, "No space left on device")
    assert fewest <= len(names) <= most, done.stderr
    assert "index.html" not in names or len(names) >= 4


@pytest.mark.parametrize("short", [False, True], ids=["exit", "short"])
def test_a_disk_that_is_read_only_meanwhile(short: bool, tmp_path: Path) -> None:
    before = "os.system(f'mount -t tmpfs -o ro none out/{os.listdir(\"out\")[0]}')"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("no private mounts on this machine")
    (tmp_path / "program.py").write_text(PROGRAM.format(callers=1, short=short, before=before))
    line = ["unshare", "-m", *command_line("run")]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == (53 if short else 7)
    assert (
        done.stderr.count("Can't write ") == 5 == done.stderr.count(": Read-only file system\n")
        and "Wrote " not in done.stderr
    )


@pytest.mark.parametrize("short", [False, True], ids=["exit", "short"])
def test_a_folder_that_goes_is_made_again(short: bool, tmp_path: Path) -> None:
    """Programs tidy up; the report isn't lost for that."""
    done = run(tmp_path, short, before="import shutil; shutil.rmtree('out')")
    assert missing(done, short, "") == set()


@pytest.mark.parametrize("short", [False, True], ids=["exit", "short"])
def test_one_file_that_cannot_be_replaced(short: bool, tmp_path: Path) -> None:
    done = run(
        tmp_path, short, before="import glob; os.mkdir(glob.glob('out/*')[0] + '/index.html')"
    )
    assert done.report and done.report.joinpath("index.html").is_dir()
    assert done.stderr.count("Can't write ") == 1 and "index.html: Is a directory\n" in done.stderr
    assert f"Wrote the report to {done.report}/{STEM[short]}.svg\n" in done.stderr


FSYNC = """
#include <errno.h>
int fsync(int fd) { errno = %s; return -1; }
"""


@pytest.mark.parametrize(("error", "lost"), [("ENOSPC", 5), ("EIO", 5), ("EINVAL", 0)])
def test_flushing_fails(error: str, lost: int, tmp_path: Path) -> None:
    """The disk may find out late that it is full; a file system that knows no flushing has its
    files all the same."""
    (tmp_path / "fsync.c").write_text(FSYNC % error)
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", "fsync.so", "fsync.c"], cwd=tmp_path, check=True
    )
    environment = os.environ | {"LD_PRELOAD": str(tmp_path / "fsync.so")}
    done = run(tmp_path, True, env=environment)
    names = missing(done, True, os.strerror(getattr(errno, error)))
    assert len(names) == lost
