# SPDX-License-Identifier: Apache-2.0
"""joblib's threads: the call gives the first batches, and the thread that takes in results the
others, each at the end of one before."""

import json

import numpy
from joblib import Parallel, delayed

kept = []


def keep(count: int) -> None:
    kept.append(numpy.ones(count))


tasks = [delayed(keep)(300_000) for _ in range(50)]
Parallel(n_jobs=2, backend="threading", batch_size=1)(tasks)  # held
print(json.dumps(sum(block.nbytes for block in kept)))
