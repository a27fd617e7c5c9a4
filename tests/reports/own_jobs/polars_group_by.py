"""A lazy query, which runs on Polars' threads."""

import polars as pl

rows = 3_000_000
table = pl.DataFrame({"key": pl.int_range(rows, eager=True), "value": pl.int_range(rows, eager=True)})
query = table.lazy().with_columns([(pl.col("value") * number).alias(f"v{number}") for number in range(10)])
result = query.group_by("key").agg(pl.all().sum()).collect()  # held
