"""A parallel loop in threads."""

import numpy as np
from joblib import Parallel, delayed


def batch(number):
    return np.full(2_000_000, float(number))  # held


batches = Parallel(n_jobs=4, backend="threading")(delayed(batch)(number) for number in range(10))
