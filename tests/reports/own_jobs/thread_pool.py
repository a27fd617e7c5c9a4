"""A pool of threads that calls a library."""

import zlib
from concurrent.futures import ThreadPoolExecutor

packed = zlib.compress(bytes(30_000_000))
with ThreadPoolExecutor(4) as pool:
    texts = list(pool.map(zlib.decompress, [packed] * 5))  # held
