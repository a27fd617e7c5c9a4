# SPDX-License-Identifier: Apache-2.0
"""h5py: a file in memory (the core driver), never written to a disk."""

import h5py
import numpy
from holding import report, resident

values = numpy.ones(12_500_000)
file = h5py.File("held.h5", "w", driver="core", backing_store=False)
before = resident()
file.create_dataset("values", data=values)  # held
report(before, file.id.get_filesize())
