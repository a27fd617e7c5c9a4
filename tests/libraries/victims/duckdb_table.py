# SPDX-License-Identifier: Apache-2.0
"""DuckDB: a table in memory, whose one task the calling thread or a worker runs; long strings, because they fill its blocks."""

import duckdb
from holding import report, resident

database = duckdb.connect()
database.execute("CREATE TABLE warm AS SELECT range AS a FROM range(1000)")
before = resident()
database.execute("CREATE TABLE held AS SELECT repeat('x', 1000) || range AS a FROM range(200_000)")  # held
[(used,)] = database.execute("SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()").fetchall()
report(before, used)
