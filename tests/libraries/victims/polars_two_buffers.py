# SPDX-License-Identifier: Apache-2.0
"""Polars: a column is multiplied, for which it makes two buffers and drops one at once."""

import polars
from passing import Step, report


def prepare(rows: int) -> Step:
    frame = polars.DataFrame({"a": polars.int_range(0, rows, eager=True)})
    return lambda: frame.with_columns((polars.col("a") * 2.0).alias("c"))


report(prepare, [250_000, 1_000_000, 4_000_000, 10_000_000])
