# SPDX-License-Identifier: Apache-2.0
"""DuckDB: a table is grouped by numbers that are all different; Arrow's table stays."""

import duckdb
from passing import Step, report


def prepare(rows: int) -> Step:
    made = f"SELECT hash(range) AS a, range * 0.5 AS b FROM range({rows})"
    database.execute(f"CREATE OR REPLACE TABLE t AS {made}")
    return lambda: database.execute("SELECT a, sum(b) AS s FROM t GROUP BY a").to_arrow_table()


database = duckdb.connect()
report(prepare, [400_000, 800_000])
