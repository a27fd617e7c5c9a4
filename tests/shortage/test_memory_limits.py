# SPDX-License-Identifier: Apache-2.0
"""How much memory is left, with real limits: what is said is what the system then does."""

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.memory import GIB, MIB, Talk, compiled


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without sanitizers, which reserve terabytes."""
    return compiled("plain", tmp_path_factory.mktemp("driver"))


def test_this_machine(driver: Path) -> None:
    with Talk([driver]) as talk:
        total, available, machine, swapped, limit = talk.read()
    figures = {
        line.split(":")[0]: int(line.split()[1]) * 1024
        for line in Path("/proc/meminfo").read_text().splitlines()
    }
    assert machine == figures["MemTotal"] + figures["SwapTotal"]
    assert 0 < available <= total <= figures["MemTotal"]
    assert swapped >= 0 and limit.startswith(("the machine", "control group /"))


def forbidding(driver: Path, limit: int, bytes_allowed: int) -> Talk:
    return Talk([driver], lambda: resource.setrlimit(limit, (bytes_allowed, bytes_allowed)))


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (resource.RLIMIT_AS, "RLIMIT_AS (ulimit -v) of 1.5 GiB"),
        (resource.RLIMIT_DATA, "RLIMIT_DATA (ulimit -d) of 1.5 GiB"),
    ],
    ids=["as", "data"],
)
def test_own_limit(driver: Path, limit: int, text: str) -> None:
    """What the answer says is what the system does."""
    with forbidding(driver, limit, 3 * GIB // 2) as talk:
        for taken in ("taken", "failed"):
            assert talk(f"forbids {GIB}") == ("no" if taken == "taken" else text)
            assert talk(f"reserve {GIB}") == taken
        assert talk(f"forbids {2**64 - 1}") == text
        assert talk("forbids 4096") == "no"


def test_own_limit_to_the_page(driver: Path) -> None:
    """The largest request that isn't forbidden can be had; one page more can't."""
    with forbidding(driver, resource.RLIMIT_AS, GIB) as talk:
        low, high = 0, GIB // 4096
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (middle, high) if talk(f"forbids {middle * 4096}") == "no" else (low, middle)
            )
        assert talk(f"reserve {high * 4096}") == "failed"
        assert talk(f"forbids {low * 4096 + 1}") != "no"
        assert talk(f"reserve {low * 4096}") == "taken"


def test_no_own_limit(driver: Path) -> None:
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        pytest.skip("this session has a limit of its own (ulimit -v)")
    with Talk([driver]) as talk:
        assert talk(f"forbids {2**50}") == "no"


def memory_mount() -> tuple[Path, str] | None:
    """Where this machine's memory control groups are, and their limit's file."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, system = line.partition(" - ")
        kind, *_, options = system.split()
        if kind == "cgroup" and "memory" in options.split(","):
            return Path(mount.split()[4]), "memory.limit_in_bytes"
        if (
            kind == "cgroup2"
            and "memory" in (Path(mount.split()[4]) / "cgroup.controllers").read_text().split()
        ):
            return Path(mount.split()[4]), "memory.max"
    return None


@pytest.fixture
def real_group() -> Iterator[Path]:
    """A new control group of this machine, with 256 MiB."""
    found = memory_mount()
    if not found:
        pytest.skip("this machine has no memory control groups")
    folder = found[0] / f"fil-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        (folder / found[1]).write_text(str(256 * MIB))
        yield folder
    except OSError as error:
        pytest.skip(f"no control group can be limited here: {error}")
    finally:
        folder.rmdir()


def test_real_group(driver: Path, real_group: Path, tmp_path: Path) -> None:
    """100 MiB of page cache don't count as used, 100 MiB of memory do, and those of another process
    in the group too."""

    def join() -> None:
        (real_group / "cgroup.procs").write_text(str(os.getpid()))

    with Talk([driver], join) as talk, Talk([driver], join) as neighbour:
        total, before, *_, limit = talk.read()
        assert (
            total == 256 * MIB
            and limit.startswith("control group /")
            and limit.endswith("/" + real_group.name)
        )
        assert 200 * MIB < before <= 256 * MIB
        file = tmp_path / "file"
        subprocess.run(
            ["dd", "if=/dev/zero", f"of={file}", "bs=1M", "count=100", "status=none"],
            preexec_fn=join,
            check=True,
        )
        if b"tmpfs" not in subprocess.check_output(
            ["stat", "-f", "-c", "%T", tmp_path]
        ):  # a file there is memory
            assert abs(talk.read()[1] - before) < 20 * MIB
        file.unlink()
        for one in (talk, neighbour):
            before = talk.read()[1]
            assert one(f"take {100 * MIB}") == "taken"
            assert abs(before - talk.read()[1] - 100 * MIB) < 20 * MIB
