# SPDX-License-Identifier: Apache-2.0
"""zarr: threads compress chunks for the line that writes them; noise gets no smaller by it."""

import json

import numpy
import zarr
from holding import BALLAST

array = zarr.create_array({}, shape=(12_000_000,), chunks=(250_000,), dtype="f8")
numbers = numpy.random.default_rng(0).integers(1 << 63, size=12_000_000).view("f8")
array[:] = numbers  # held
ballast = bytes(BALLAST)  # the peak is here, without the buffers of chunks on their way
print(json.dumps(array.nbytes_stored()))
