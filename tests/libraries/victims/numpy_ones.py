# SPDX-License-Identifier: Apache-2.0
"""NumPy: an array, made by malloc on the calling thread."""

import numpy
from holding import report, resident

before = resident()
held = numpy.ones(25_000_000)  # held
report(before, held.nbytes)
