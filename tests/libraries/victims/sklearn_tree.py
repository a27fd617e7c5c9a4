# SPDX-License-Identifier: Apache-2.0
"""scikit-learn: a KD tree, whose arrays Cython code makes."""

import numpy
from holding import report, resident
from sklearn.neighbors import KDTree

points = numpy.random.default_rng(0).random((2_000_000, 8))
before = resident()
held = KDTree(points, leaf_size=4)  # held
report(before, sum(array.nbytes for array in held.get_arrays()[1:]))
