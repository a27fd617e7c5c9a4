# SPDX-License-Identifier: Apache-2.0
"""What the victims share whose memory is gone after some milliseconds: they measure by how much
resident memory grew at its maximum, and what the profiler says of the same time."""

import json
import time
from collections.abc import Callable

import filprofiler

Step = Callable[[], object]


def most_resident() -> int:
    """The bytes of this process that were in memory at most, since that was last reset."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def measure(step: Step) -> dict[str, float]:
    """The growth and the peak of one step; both begin when the recording has begun."""
    time.sleep(0.1)  # Polars and DuckDB drop some of it on threads of their own, after the call
    with filprofiler.recording() as result:
        with open("/proc/self/clear_refs", "w") as maximum:
            maximum.write("5")
        before = most_resident()
        begun = time.process_time()
        kept = step()
        seconds = time.process_time() - begun
        growth = most_resident() - before
    del kept
    return {"growth": growth, "peak": result.snapshot.peak_bytes, "seconds": seconds}


def report(prepare: Callable[[int], Step], sizes: list[int]) -> None:
    """Measure a step of each size, after a small one that makes threads and brings code in."""
    prepare(10_000)()
    print(json.dumps([measure(prepare(size)) for size in sizes]))
