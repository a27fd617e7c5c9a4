# SPDX-License-Identifier: Apache-2.0
"""scikit-learn: polynomial features of a matrix."""

import numpy
from holding import report, resident
from sklearn.preprocessing import PolynomialFeatures

points = numpy.ones((1_000_000, 4))
before = resident()
held = PolynomialFeatures(degree=2).fit_transform(points)  # held
report(before, held.nbytes)
