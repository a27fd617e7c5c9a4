# SPDX-License-Identifier: Apache-2.0
"""A program that lives long: threads, children, libraries and objects that come and go, a recording
begun and ended every second.

`./dev soak SECONDS` runs this file with `fil-profile python` (half an hour by default). What has to
hold, for as long as it runs:
* what a recording says lives is what lives: the program keeps blocks of a known size, and knows how
many;
* no drift: what a recording says at the end of a round, when all is dropped, doesn't grow from
round to round;
* the profiler's own memory doesn't grow, nor do descriptors, mappings, or the process's resident
memory. A line a minute says how far it got; the first thing that doesn't hold ends it with exit
code 1."""

import ctypes
import gc
import os
import queue
import random
import subprocess
import sys
import threading
import time

import filprofiler
from filprofiler import _filext

BLOCK = 50_000  # bytes
WORKERS = 4
WARM = 20  # rounds until every table has the size that it needs
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
    ctypes.c_void_p,
    [ctypes.c_size_t],
    [ctypes.c_void_p],
)


class Kept:
    """What the workers keep on purpose: as many blocks of libc as `blocks` says."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.blocks: list[int] = []

    def change(self, chance: random.Random) -> None:
        """Keep one more, or one less."""
        with self.lock:
            if len(self.blocks) < 100 or (len(self.blocks) < 300 and chance.random() < 0.6):
                self.blocks.append(libc.malloc(BLOCK))
            else:
                libc.free(self.blocks.pop(chance.randrange(len(self.blocks))))

    def clear(self) -> None:
        """Return all of it back."""
        with self.lock:
            while self.blocks:
                libc.free(self.blocks.pop())


def churn(chance: random.Random, depth: int = 0) -> int:
    """Objects, blocks and code that go at once, from stacks of every depth."""
    if depth < chance.randrange(40):
        return churn(chance, depth + 1)
    kept = [[number] * chance.randrange(5) for number in range(200)]
    for _ in range(20):
        libc.free(libc.malloc(chance.randrange(1, 300_000)))
    space: dict[str, object] = {}
    exec(f"def made{chance.randrange(50)}(): return [{len(kept)}]", space)
    return len(kept)


def fork(chance: random.Random) -> None:
    """A child that allocates and ends; another by exec."""
    child = os.fork()
    if not child:
        churn(chance)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    if chance.random() < 0.2:
        subprocess.run(["/bin/true"], check=True)


def work(orders: "queue.SimpleQueue[float | None]", kept: Kept, seed: int) -> None:
    """Until the time that was ordered, again and again."""
    chance = random.Random(seed)
    while (until := orders.get()) is not None:
        while time.monotonic() < until:
            kept.change(chance)
            churn(chance)
            if chance.random() < 0.005:
                fork(chance)
            if chance.random() < 0.02:
                thread = threading.Thread(
                    target=churn, args=(chance,), name=f"short {chance.randrange(10)}"
                )
                thread.start()
                thread.join()
        done.put(seed)


done: "queue.SimpleQueue[int]" = queue.SimpleQueue()


def figures() -> dict[str, int]:
    """Descriptors, mappings and resident bytes of the process now."""
    with open("/proc/self/maps") as maps, open("/proc/self/statm") as statm:
        return {
            "descriptors": len(os.listdir("/proc/self/fd")),
            "mappings": len(maps.readlines()),
            "resident": int(statm.read().split()[1]) * 4096,
        }


def expect(condition: bool, what: str) -> None:
    """End with that sentence unless it holds."""
    if not condition:
        print(f"soak: {what}", file=sys.stderr, flush=True)
        os._exit(1)


def one_round(
    orders: "list[queue.SimpleQueue[float | None]]", kept: Kept, seconds: float
) -> tuple[int, int]:
    """One recording: what it says is left when all is dropped, and the profiler's own bytes."""
    filprofiler.start()
    for order in orders:
        order.put(time.monotonic() + seconds)
    for _ in orders:
        done.get()
    live, count = _filext.figures()[0], len(kept.blocks)
    # Each thread may be 16 KiB off; the rest is what Python itself keeps: free lists, the queues,
    # threads' ends.
    room = 16384 * (WORKERS + 1) + 2_000_000
    expect(
        0 <= live - count * BLOCK <= room,
        f"{count} blocks of {BLOCK} bytes live, and the recording says {live} bytes",
    )
    kept.clear()
    gc.collect()
    left = _filext.figures()[0]
    result = filprofiler.stop()
    expect(
        result.peak_bytes >= count * BLOCK,
        f"the peak is {result.peak_bytes} bytes, less than lived at the end",
    )
    return left, result.data["resident"]["profiler_bytes"]


def main(seconds: float) -> None:
    """Run for so long."""
    kept = Kept()
    orders: list[queue.SimpleQueue[float | None]] = [queue.SimpleQueue() for _ in range(WORKERS)]
    threads = [
        threading.Thread(target=work, args=(order, kept, seed)) for seed, order in enumerate(orders)
    ]
    for thread in threads:
        thread.start()
    begun, said, number, first = time.monotonic(), 0.0, 0, {}
    while time.monotonic() - begun < seconds or number <= 2 * WARM:
        left, own = one_round(orders, kept, 0.8)
        number += 1
        now = figures() | {"left": left, "own": own}
        if number == WARM:
            first = now
        elif number > WARM:
            expect(
                now["descriptors"] == first["descriptors"],
                f"descriptors: {first['descriptors']} became {now['descriptors']}",
            )
            for name, room in (
                ("mappings", 100),
                ("resident", 30_000_000),
                ("left", 2_000_000),
                ("own", 10_000_000),
            ):
                expect(
                    now[name] <= first[name] + room,
                    f"{name} grew from {first[name]} to {now[name]} in {number} rounds",
                )
        if time.monotonic() - said >= 60 or number == WARM:
            said = time.monotonic()
            print(f"{said - begun:6.0f} s, {number} rounds: {now}", flush=True)
    for order in orders:
        order.put(None)
    for thread in threads:
        thread.join()
    print(
        f"soak: {number} rounds in {time.monotonic() - begun:.0f} s: {figures()}; after {WARM} "
        f"rounds: {first}"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1800)
