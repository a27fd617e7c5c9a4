"""A lazy array, computed by a pool of threads."""

import dask.array as da

total = da.ones((6000, 3000), chunks=(1000, 3000)) + 1
result = total.compute(scheduler="threads")  # held
