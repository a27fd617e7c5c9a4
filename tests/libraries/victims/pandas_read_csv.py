# SPDX-License-Identifier: Apache-2.0
"""pandas 3: numbers parsed by the C engine of read_csv."""

import io

import pandas
from holding import report, resident

text = "a,b,c,d\n" + "1,2.5,3,4.25\n" * 3_000_000
source = io.StringIO(text)
pandas.read_csv(io.StringIO(text[: 8 + 13 * 4]))
before = resident()
held = pandas.read_csv(source)  # held
report(before, int(held.memory_usage(index=False).sum()))
