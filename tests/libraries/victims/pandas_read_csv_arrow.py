# SPDX-License-Identifier: Apache-2.0
"""pandas 3: read_csv by Arrow's parser, on Arrow's threads, which exist before."""

import io

import pandas
from holding import report, resident

text = b"a,b,c,d\n" + b"1,2.5,3,4.25\n" * 5_000_000
pandas.read_csv(io.BytesIO(text[: 8 + 13 * 4]), engine="pyarrow")
source = io.BytesIO(text)
before = resident()
held = pandas.read_csv(source, engine="pyarrow")  # held
report(before, int(held.memory_usage(index=False).sum()))
