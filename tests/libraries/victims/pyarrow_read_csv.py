# SPDX-License-Identifier: Apache-2.0
"""pyarrow: read_csv on Arrow's threads, in the pool named by the argument; the threads exist before."""

import sys

import pyarrow
import pyarrow.csv
from holding import report, resident

pool = getattr(pyarrow, f"{sys.argv[1]}_memory_pool")()
text = b"a,b,c,d\n" + b"1,2.5,3,4.25\n" * 5_000_000
source = pyarrow.BufferReader(text)
pyarrow.csv.read_csv(pyarrow.BufferReader(text[: 8 + 13 * 4]), memory_pool=pool)
before = resident()
held = pyarrow.csv.read_csv(source, memory_pool=pool)  # held
report(before, held.nbytes)
