# SPDX-License-Identifier: Apache-2.0
"""Dask's threaded scheduler: its threads do the tasks for the line that computes them."""

import json

import dask
import numpy

kept = []


@dask.delayed
def keep(count: int) -> None:
    kept.append(numpy.ones(count))


tasks = [keep(300_000) for _ in range(50)]
dask.compute(*tasks, scheduler="threads", num_workers=2)  # held
print(json.dumps(sum(block.nbytes for block in kept)))
