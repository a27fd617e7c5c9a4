# SPDX-License-Identifier: Apache-2.0
"""Polars: read_csv on its threads, which exist before."""

import polars
from holding import report, resident

text = b"a,b,c,d\n" + b"1,2.5,3,4.25\n" * 5_000_000
polars.read_csv(text[: 8 + 13 * 4])
before = resident()
held = polars.read_csv(text)  # held
report(before, held.estimated_size())
