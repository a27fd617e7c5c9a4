# SPDX-License-Identifier: Apache-2.0
"""Polars: the sum of a product of sums, of which only a number is left."""

import polars
from passing import Step, report


def prepare(rows: int) -> Step:
    frame = polars.DataFrame({"a": polars.int_range(0, rows, eager=True)})
    product = (polars.col("a") + 1) * (polars.col("a") * 0.5)
    return lambda: frame.select(product.sum())


report(prepare, [250_000, 1_000_000, 4_000_000, 10_000_000])
