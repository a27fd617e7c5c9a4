# SPDX-License-Identifier: Apache-2.0
"""Polars: arithmetic over two columns, on its threads."""

import polars
from holding import report, resident

frame = polars.DataFrame({"a": polars.arange(16_000_000, eager=True)})
frame.head(10).with_columns(b=polars.col("a") * 2)
before = resident()
held = frame.select(b=polars.col("a") * 2, c=polars.col("a") + 1)  # held
report(before, held.estimated_size())
