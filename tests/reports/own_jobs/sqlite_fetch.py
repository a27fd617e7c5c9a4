"""All rows of a query."""

import sqlite3

database = sqlite3.connect(":memory:")
database.execute("create table numbers (number integer)")
query = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 500000) select i, 'number ' || i from n"
rows = database.execute(query).fetchall()  # held
