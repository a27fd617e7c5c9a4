# SPDX-License-Identifier: Apache-2.0
"""DuckDB: a result fetched as NumPy arrays."""

import duckdb
from holding import report, resident

database = duckdb.connect()
database.execute("SELECT range FROM range(10)").fetchnumpy()
result = database.execute("SELECT range AS a, range * 2.5::DOUBLE AS b FROM range(10_000_000)")
before = resident()
held = result.fetchnumpy()  # held
report(before, sum(column.nbytes for column in held.values()))
