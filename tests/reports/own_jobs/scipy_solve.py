"""A sparse matrix made dense by the library."""

import numpy as np
from scipy import linalg, sparse

matrix = sparse.random(2500, 2500, density=0.001, random_state=np.random.default_rng(1)) + sparse.eye(2500)
dense = matrix.toarray()
inverse = linalg.inv(dense.astype("complex64"))  # held
