# SPDX-License-Identifier: Apache-2.0
"""pandas 3: a wide group-by transform."""

import numpy
import pandas
from holding import report, resident

frame = pandas.DataFrame({"key": numpy.arange(4_000_000) % 1000, **{name: numpy.ones(4_000_000) for name in "abcd"}})
frame.head().groupby("key").transform("sum")
before = resident()
held = frame.groupby("key").transform("sum")  # held
report(before, int(held.memory_usage(index=False).sum()))
