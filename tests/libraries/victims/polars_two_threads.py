# SPDX-License-Identifier: Apache-2.0
"""Polars: two Python threads call it at once; each is responsible for its own line."""

import threading

import polars
from holding import report, resident

frame = polars.DataFrame({"a": polars.arange(16_000_000, eager=True)})
frame.head(10).select(b=polars.col("a") * 2)
results = []


def other() -> None:
    """Half as much, at another line, at the same time."""
    results.append(frame.select(b=polars.col("a") * 3))


thread = threading.Thread(target=other)
before = resident()
thread.start()
held = frame.select(b=polars.col("a") * 2, c=polars.col("a") + 1)  # held
thread.join()
report(before, held.estimated_size())
