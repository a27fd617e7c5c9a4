# SPDX-License-Identifier: Apache-2.0
"""`run` on systems that are made up: control groups of version 2, swap, and files that are missing
or odd."""

import json
from pathlib import Path

import pytest
from support.limits import MIB, run_on
from support.memory import CGROUP2, MEMINFO, V2

GROUP = f"{V2}/a"
GROW = """
import os
kept, used = [], 150 << 20  # of which 50 are page cache
file = os.open("/sys/fs/cgroup/a/memory.current", os.O_WRONLY)  # never empty, as the system's
def grow(size, kind=bytearray):
    kept.append(kind(size))
    global used
    used += size
    os.pwrite(file, b"%012d" % used, 0)
{work}
print("survived")
"""
LARGE = "for _ in range({count}): grow(5_000_000)"
SMALL = "for _ in range({count}): grow(1_000_000, lambda size: [bytes(967) for _ in range(1000)])"


def version_2(**files: str | None) -> dict[str, str]:
    """A process in /a/b; /a may have 400 MiB."""
    system = {
        "/proc/self/cgroup": "0::/a/b\n",
        "/proc/self/mountinfo": CGROUP2.format(root="/", point=V2),
        f"{GROUP}/memory.max": f"{400 * MIB}\n",
        f"{GROUP}/memory.current": f"{150 * MIB}\n",
        f"{GROUP}/memory.stat": f"anon 0\ninactive_file {25 * MIB}\nactive_file {25 * MIB}\n"
        "slab_reclaimable 0\n",
        f"{GROUP}/b/memory.max": "max\n",
    }
    named = {f"{GROUP}/{name.replace('_', '.')}": text for name, text in files.items()}
    return {path: text for path, text in (system | named).items() if text is not None}


@pytest.mark.parametrize("work", [LARGE, SMALL], ids=["large", "small"])
def test_version_2(work: str, tmp_path: Path) -> None:
    """300 MiB are left at the beginning, and 100 MB are to stay: 214 MB can be had."""
    done = run_on(version_2(), GROW.format(work=work.format(count=400)), tmp_path)
    assert (done.returncode, done.stdout) == (53, ""), done.stderr
    line = next(line for line in done.stderr.splitlines() if "Out of memory" in line)
    assert "of 400.0 MiB left (control group /a), and 95.4 MiB are to stay free" in line
    (report,) = (tmp_path / "out").iterdir()
    profile = json.loads((report / "out-of-memory.json").read_text())
    assert profile["reason"]["text"] in line
    assert profile["peak_bytes"] == pytest.approx(214_000_000, rel=0.05)
    assert "(grow)" in (report / "out-of-memory.prof").read_text().splitlines()[0]


@pytest.mark.parametrize(
    "work", [LARGE.format(count=40), SMALL.format(count=200)], ids=["large", "small"]
)
def test_version_2_suffices(work: str, tmp_path: Path) -> None:
    done = run_on(version_2(), GROW.format(work=work), tmp_path)
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr


def test_switched_off(tmp_path: Path) -> None:
    done = run_on(
        version_2(),
        GROW.format(work=LARGE.format(count=80)),
        tmp_path,
        options=("--disable-oom-detection",),
    )
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr


STATUS = "VmSize:\t  100000 kB\nVmData:\t  50000 kB\nVmSwap:\t {swapped} kB\n"


@pytest.mark.parametrize(("swapped", "code"), [(8_000_000, 0), (9_000_000, 53)])
def test_more_in_swap_than_is_left(swapped: int, code: int, tmp_path: Path) -> None:
    """8 GiB are available."""
    system = {
        "/proc/meminfo": MEMINFO,
        "/proc/self/status": STATUS.format(swapped=swapped),
        "/proc/self/cgroup": "0::/\n",
    }
    done = run_on(
        system, "kept = [bytearray(5_000_000) for _ in range(40)]\nprint('survived')", tmp_path
    )
    assert (done.returncode, done.stdout) == (code, "" if code else "survived\n"), done.stderr
    assert (
        "Out of memory: 8.6 GiB of the process are in swap, more than the 8.0 GiB that are left "
        "(the machine)" in done.stderr
    ) == (code == 53)


@pytest.mark.parametrize(
    ("system", "line"),
    [
        (
            version_2() | {"/proc/meminfo": ""},
            "is only noticed by failing requests: can't read /proc/meminfo",
        ),
        (
            version_2() | {"/proc/meminfo": "MemTotal: much\n"},
            "is only noticed by failing requests: can't read /proc/meminfo",
        ),
        (
            version_2(memory_stat="odd\n"),
            f"isn't noticed in a control group: can't read {GROUP}/memory.stat",
        ),
        (
            version_2(memory_stat=None),
            f"isn't noticed in a control group: can't read {GROUP}/memory.stat",
        ),
        (
            version_2(memory_max="lots\n"),
            f"isn't noticed in a control group: can't read {GROUP}/memory.max",
        ),
        (
            version_2() | {"/proc/self/mountinfo": "x\n"},
            f"isn't noticed in a control group: can't read {V2}",
        ),
    ],
    ids=["no meminfo", "odd meminfo", "odd stat", "no stat", "odd limit", "not mounted"],
)
@pytest.mark.parametrize("command", ["run", "python"])
def test_missing_and_odd_files(
    system: dict[str, str], line: str, command: str, tmp_path: Path
) -> None:
    """The program runs as ever, and one line says what isn't looked out for."""
    program = GROW.format(work=LARGE.format(count=70))
    if command == "python":
        program = (
            "import filprofiler\nfilprofiler.start()\nfilprofiler.stop()\n"
            f"filprofiler.start()\n{program}filprofiler.stop()\n"
        )
    done = run_on(system, program, tmp_path, command)
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr
    assert (
        done.stderr.count(f"=fil-profile= Memory running out {line}\n")
        == 1
        == done.stderr.count("Memory running out")
    )


NOT_MOUNTED = {"/proc/self/cgroup": "0::/a/b\n", "/proc/self/mountinfo": "x\n"}


@pytest.mark.parametrize("command", ["run", "python"])
def test_where_there_are_no_control_groups_nothing_is_missed(command: str, tmp_path: Path) -> None:
    """As in a sandbox: the process has a group, and there is no file system of them."""
    done = run_on(
        NOT_MOUNTED, "import filprofiler\nfilprofiler.start()\nprint('ran')", tmp_path, command
    )
    assert (done.returncode, done.stdout) == (
        0,
        "ran\n",
    ) and "Memory running out" not in done.stderr


@pytest.mark.parametrize(
    "system", [NOT_MOUNTED, version_2(memory_max="lots\n"), version_2() | {"/proc/meminfo": ""}]
)
def test_quiet_says_nothing_of_what_is_not_looked_out_for(
    system: dict[str, str], tmp_path: Path
) -> None:
    done = run_on(system, "print('ran')", tmp_path, options=("-q",))
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")
