# SPDX-License-Identifier: Apache-2.0
"""pyarrow: a cast on the calling thread, in the pool named by the argument."""

import sys

import numpy
import pyarrow
import pyarrow.compute
from holding import report, resident

pool = getattr(pyarrow, f"{sys.argv[1]}_memory_pool")()
numbers = pyarrow.array(numpy.arange(20_000_000))
numbers.slice(0, 10).cast(pyarrow.float64(), memory_pool=pool)
before = resident()
held = numbers.cast(pyarrow.float64(), memory_pool=pool)  # held
report(before, held.nbytes)
