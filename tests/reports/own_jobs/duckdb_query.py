"""A query whose result comes as arrays."""

import duckdb

connection = duckdb.connect()
columns = connection.sql("select i, i * 2.5 as d, i % 1000 as m from range(5000000) t(i)").fetchnumpy()  # held
