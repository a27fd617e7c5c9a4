# SPDX-License-Identifier: Apache-2.0
"""The black box against the Python twin: killed at any instruction, read while it changes, on a
full disk, damaged."""

import json
import mmap
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.compiled import SANITIZED, objects
from support.fuzzing import BLACKBOX_READER, compile_victim
from support.running import REPOSITORY, shared
from support.twin import Twin

from filprofiler import _filext

PLACES, STACKS = 64, 12
LARGEST = 1_000_000  # of the victim's events, in bytes


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory, "victim", compile_victim) / "victim"


class Events:
    """The victim's events, from its seed: into a twin."""

    def __init__(self, seed: int) -> None:
        self.state = seed
        self.twin = Twin()

    def number(self) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.state >> 33

    def next(self) -> None:
        place, what, size = self.number() % PLACES, self.number() % 8, self.number() % 1_000_000
        size = size % 2000 if size < 900_000 else size
        stack = self.number() % STACKS + 1
        if place not in self.twin.blocks:
            self.twin.allocate(place, stack, size)
        elif what == 0:
            self.twin.reallocate(place, place, stack, size)
        else:
            self.twin.free(place)

    def peak(self) -> tuple[int, Counter[int]]:
        return self.twin.peak, +self.twin.at_peak


class Running:
    """A victim at work. `done`: how many events it has recorded."""

    def __init__(self, program: Path, folder: Path, seed: int, nap: int) -> None:
        self.box = folder / f"{seed}.fil"
        counter = folder / f"{seed}.counter"
        counter.write_bytes(bytes(4096))
        self.process = subprocess.Popen([program, self.box, counter, str(seed), str(nap)])
        with open(counter, "r+b") as file:
            self.counter = mmap.mmap(file.fileno(), 4096)

    @property
    def done(self) -> int:
        return int.from_bytes(self.counter[:8], "little")

    def wait_for(self, events: int) -> None:
        while self.done < events:
            assert self.process.poll() is None
            time.sleep(0.0001)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def running(program: Path, folder: Path, seed: int, nap: int = 0) -> Iterator[Running]:
    victim = Running(program, folder, seed, nap)
    try:
        yield victim
    finally:
        victim.kill()


def read_out(box: Path) -> tuple[int, Counter[int], int]:
    """The peak in a black box, the bytes by stack, and by how much they may be off."""
    profile = json.loads(_filext.read_blackbox(str(box))[0].render("json"))
    held: Counter[int] = Counter()
    for _, function, _, size, _ in profile["nodes"]:
        if size:
            held[int(profile["functions"][function][0][1:])] += size
    return profile["peak_bytes"], held, profile["error_bound_bytes"]


def test_killed_at_any_instruction(victim: Path, tmp_path: Path) -> None:
    """The peak is that before the event that was going on, or that after it; where it is neither,
    the bound says so."""
    exact = 0
    for seed in range(60):
        with running(victim, tmp_path, seed) as killed:
            killed.wait_for(random.Random(seed).randrange(1, 3000))
        peak, held, bound = read_out(killed.box)
        events = Events(seed)
        for _ in range(killed.done):
            events.next()
        before = events.peak()
        events.next()
        after = events.peak()
        assert bound <= LARGEST
        if bound == 0:
            assert (peak, held) in (before, after), seed
            exact += 1
        else:
            assert (
                abs(peak - before[0]) <= bound
                and (held - before[1]).total() + (before[1] - held).total() <= 2 * bound
            ), seed
    assert exact > 40


def test_read_while_it_changes(victim: Path, tmp_path: Path) -> None:
    """Between the peak before and the peak after, as far as the bound says."""
    readings = []
    with running(victim, tmp_path, 7, nap=50) as writer:
        writer.wait_for(1)
        for _ in range(300):
            readings.append((writer.done, read_out(writer.box), writer.done))
    events, peaks = Events(7), [0]
    while len(peaks) <= readings[-1][2] + 1:
        events.next()
        peaks.append(events.twin.peak)
    for begun, (peak, held, bound), ended in readings:
        assert peaks[begun] - bound <= peak <= peaks[ended + 1] + bound
        assert held.total() == peak


def test_a_box_of_anything(
    victim: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Damaged anywhere, or cut short, it gives a profile or a sentence; it never crashes."""
    with running(victim, tmp_path, 3) as killed:
        killed.wait_for(2000)
    reader, driver = tmp_path / "readout", REPOSITORY / "tests/engine/c/readout_driver.c"
    compiled = objects(tmp_path_factory, SANITIZED, BLACKBOX_READER)
    libraries = ["-lcjson", "-lm", "-lpthread"]
    line: list[str | Path] = ["cc", *SANITIZED, "-o", reader, driver, *compiled, *libraries]
    subprocess.run(line, check=True)
    good, chance = killed.box.read_bytes(), random.Random(1)
    used = [
        i for i in range(0, len(good), 64) if any(good[i : i + 64])
    ]  # elsewhere there is nothing to damage
    boxes = []
    for i in range(150):
        data = bytearray(good)
        for _ in range(chance.choice([1, 1, 8, 64])):
            at = min(chance.choice(used) + chance.randrange(64), len(data) - 1)
            data[at] = chance.choice([0, 1, 127, 255, chance.randrange(256)])
        if i % 10 == 0:
            del data[chance.randrange(len(data)) :]
        boxes.append(tmp_path / f"damaged-{i}")
        boxes[-1].write_bytes(data)
    done = subprocess.run([reader, *boxes], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = done.stdout.splitlines()
    assert len(answers) == len(boxes) and all(
        line.startswith(("a profile of ", "no profile: ")) for line in answers
    )
    assert sum(line.startswith("a profile of") for line in answers) > 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "nothing was recorded"),
        (bytes(8192), "nothing was recorded"),
        (b"\x7fELF" + bytes(8192), "not a recording"),
        (None, "No such file"),
    ],
)
def test_no_recording(content: bytes | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "box").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        _filext.read_blackbox(str(tmp_path / "box"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that has room for a report, and for the beginning of a recording."""
    if not shutil.which("mount") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"this machine mounts no tmpfs: {done.stderr}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


MANY_STACKS = """
import os, sys
code = "".join(f"def f{i}(): return bytearray(1000)\\n" for i in range(20_000))
exec(compile(code, "generated.py", "exec"))
early = bytearray(50_000_000)
kept = [globals()[f"f{i}"]() for i in range(20_000)]
late = bytearray(100_000_000)
if sys.argv[1] == "kill":
    os.kill(os.getpid(), 9)
print("done")
"""


@pytest.mark.parametrize("how", ["kill", "end"])
def test_a_full_disk(how: str, small_disk: Path, tmp_path: Path) -> None:
    """The program notices nothing; what the box has is as it was when there was no more room."""
    (tmp_path / "many.py").write_text(MANY_STACKS)
    line = [
        sys.executable,
        "-m",
        "filprofiler",
        "--no-browser",
        "-o",
        str(small_disk),
        "run",
        "many.py",
        how,
    ]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    [folder] = small_disk.iterdir()
    assert (done.returncode, done.stdout) == (
        (-signal.SIGKILL, "") if how == "kill" else (0, "done\n")
    )
    assert "No space left on device" in done.stderr and "Traceback" not in done.stderr
    assert not list(folder.glob("*.tmp"))
    if how == "kill":
        assert (
            "s after the start, when the recording couldn't be kept any longer (No space left on "
            "device)" in done.stderr
        )
    assert (folder / "index.html").exists() and not (folder / "recording.fil").exists()


FILLS = """
import ctypes, os
ctypes.CDLL(os.environ["FAULT_LIBRARIES"] + "/late.so")
with open(os.environ["DISK"] + "/filling", "wb", buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        print("full")
"""


def test_a_disk_that_is_full_at_the_end(
    small_disk: Path, tmp_path: Path, fault_environment: dict[str, str]
) -> None:
    """There is no room for the report, nor for what the recording takes in as libraries go: the
    program's own lines are the last, and the report can be made later."""
    (tmp_path / "fills.py").write_text(FILLS)
    line = [sys.executable, "-m", "filprofiler", "-o", str(small_disk), "--no-browser"]
    done = subprocess.run(
        [*line, "run", "fills.py"],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env=fault_environment | {"DISK": str(small_disk)},
    )
    [folder] = (path for path in small_disk.iterdir() if path.is_dir())
    assert (done.returncode, done.stdout) == (0, "full\n")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("=fil-profile= The recording stays: fil-profile report"), done.stderr
    (small_disk / "filling").unlink()
    report = [sys.executable, "-m", "filprofiler", "report", str(folder)]
    made = subprocess.run(report, capture_output=True, text=True, timeout=120)
    assert made.returncode == 0 and "when the recording couldn't be kept any longer" in made.stdout
    assert (folder / "index.html").exists()
