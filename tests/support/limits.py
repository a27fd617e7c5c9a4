# SPDX-License-Identifier: Apache-2.0
"""Running programs where memory is limited: in a control group, or on a system that is made up in a
private mount namespace."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

MIB = 1 << 20


def command_line(command: str, options: tuple[str, ...] = ()) -> list[str]:
    """The program plain (""), or under the profiler's `run` or `python`."""
    if not command:
        return [sys.executable, "program.py"]
    return [
        sys.executable,
        "-m",
        "filprofiler",
        "--no-browser",
        "-o",
        "out",
        *options,
        command,
        "program.py",
    ]


def run_in(
    group: Path, program: str, folder: Path, command: str = "run", options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run it in the control group."""
    (folder / "program.py").write_text(program)
    join = (
        f"echo $$ > {shlex.quote(str(group / 'cgroup.procs'))} && exec "
        f"{shlex.join(command_line(command, options))}"
    )
    return subprocess.run(
        ["sh", "-c", join], cwd=folder, capture_output=True, text=True, timeout=120
    )


def run_on(
    system: dict[str, str],
    program: str,
    folder: Path,
    command: str = "run",
    options: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run it where these files of /proc have this text, and /sys/fs/cgroup has these files and no
    others; the program may write to them."""
    tree = folder / "system"
    (tree / "sys/fs/cgroup").mkdir(parents=True, exist_ok=True)
    script = ["set -e", f"mount --bind {shlex.quote(str(tree))}/sys/fs/cgroup /sys/fs/cgroup"]
    for path, text in system.items():
        file = tree / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if path.startswith("/proc/"):
            script.append(f"mount --bind {shlex.quote(str(file))} {path.replace('/self/', '/$$/')}")
    (folder / "program.py").write_text(program)
    script.append("exec " + shlex.join(command_line(command, options)))
    can = subprocess.run(
        ["unshare", "-m", "sh", "-c", "mount --bind /proc/version /proc/$$/cgroup"],
        capture_output=True,
        text=True,
    )
    if can.returncode:
        pytest.skip(f"no system can be made up here: {can.stderr.strip()}")
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", "\n".join(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
