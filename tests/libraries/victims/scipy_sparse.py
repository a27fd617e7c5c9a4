# SPDX-License-Identifier: Apache-2.0
"""SciPy: a sparse matrix in CSR form, made from coordinates."""

import numpy
import scipy.sparse
from holding import report, resident

places = numpy.arange(10_000_000)
coordinates = scipy.sparse.coo_array((numpy.ones(10_000_000), (places, places)))
before = resident()
held = coordinates.tocsr()  # held
report(before, held.data.nbytes + held.indices.nbytes + held.indptr.nbytes)
