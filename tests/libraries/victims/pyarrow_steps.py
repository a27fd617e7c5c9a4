# SPDX-License-Identifier: Apache-2.0
"""Arrow: an array is cast and multiplied; what was cast is dropped when the product is there."""

import sys

import numpy
import pyarrow
import pyarrow.compute
from passing import Step, report


def prepare(rows: int) -> Step:
    numbers = pyarrow.array(numpy.arange(rows))
    return lambda: pyarrow.compute.multiply(numbers.cast(pyarrow.float64()), 2.5)


pyarrow.set_memory_pool(getattr(pyarrow, f"{sys.argv[1]}_memory_pool")())
report(prepare, [int(rows) for rows in sys.argv[2:]])
