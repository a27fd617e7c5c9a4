# SPDX-License-Identifier: Apache-2.0
"""Polars: a group-by on its threads, which exist before."""

import numpy
import polars
from holding import report, resident

frame = polars.DataFrame({"key": numpy.arange(5_000_000), "value": numpy.ones(5_000_000)})
frame.head(10).group_by("key").agg(polars.col("value").sum())
before = resident()
held = frame.group_by("key").agg(polars.col("value").sum(), polars.col("value").max().alias("most"))  # held
report(before, held.estimated_size())
