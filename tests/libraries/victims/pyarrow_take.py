# SPDX-License-Identifier: Apache-2.0
"""Arrow: chunks are put together and taken in another order; only the result stays."""

import sys

import numpy
import pyarrow
from passing import Step, report


def prepare(rows: int) -> Step:
    places = pyarrow.array(numpy.arange(rows)[::-1].copy())
    chunks = [pyarrow.array(numpy.arange(rows // 10)) for _ in range(10)]
    return lambda: pyarrow.concat_arrays(chunks).take(places)


pyarrow.set_memory_pool(getattr(pyarrow, f"{sys.argv[1]}_memory_pool")())
report(prepare, [int(rows) for rows in sys.argv[2:]])
