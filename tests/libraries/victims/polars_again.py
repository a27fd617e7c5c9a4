"""Polars: arithmetic over two columns, whose result is dropped, and at once again."""

import polars
from holding import report, resident

frame = polars.DataFrame({"a": polars.arange(16_000_000, eager=True)})
before = resident()
frame.select(b=polars.col("a") * 2, c=polars.col("a") + 1)
held = frame.select(b=polars.col("a") * 2, c=polars.col("a") + 1)  # held
report(before, held.estimated_size())
