# SPDX-License-Identifier: Apache-2.0
"""DuckDB: a table is sorted and summed up; what that takes is freed at the end of the query."""

import duckdb
from passing import Step, report

QUERY = "SELECT a % 1000 AS k, sum(b) AS s FROM (SELECT * FROM t ORDER BY a) GROUP BY k"


def prepare(rows: int) -> Step:
    made = f"SELECT hash(range) AS a, range * 0.5 AS b FROM range({rows})"
    database.execute(f"CREATE OR REPLACE TABLE t AS {made}")
    return lambda: database.execute(QUERY).to_arrow_table()


database = duckdb.connect()
report(prepare, [300_000, 600_000])
