# SPDX-License-Identifier: Apache-2.0
"""pyarrow: a group-by on Arrow's threads, in the pool named by the argument; the threads exist before."""

import sys

import numpy
import pyarrow
from holding import report, resident

pyarrow.set_memory_pool(getattr(pyarrow, f"{sys.argv[1]}_memory_pool")())
table = pyarrow.table({"key": numpy.arange(4_000_000), "value": numpy.ones(4_000_000)})
table.slice(0, 10).group_by("key").aggregate([("value", "sum")])
before = resident()
held = table.group_by("key").aggregate([("value", "sum"), ("value", "max")])  # held
report(before, held.nbytes)
