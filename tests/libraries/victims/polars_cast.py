# SPDX-License-Identifier: Apache-2.0
"""Polars: a cast of one column."""

import polars
from holding import report, resident

numbers = polars.Series(range(10)).extend_constant(7, 20_000_000)
numbers.head(10).cast(polars.Float64)
before = resident()
held = numbers.cast(polars.Float64)  # held
report(before, held.estimated_size())
