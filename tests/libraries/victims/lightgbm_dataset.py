# SPDX-License-Identifier: Apache-2.0
"""LightGBM: a binned dataset, which lives in C++; it doesn't say how large it is."""

import lightgbm
import numpy
from holding import report, resident

points = numpy.random.default_rng(0).random((2_000_000, 40), dtype=numpy.float32)
lightgbm.Dataset(points[:1000], params={"verbosity": -1}).construct()
held = lightgbm.Dataset(points, params={"verbosity": -1})
before = resident()
held.construct()  # held
report(before)
