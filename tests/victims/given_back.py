# SPDX-License-Identifier: Apache-2.0
"""Pages of a reservation that were given back don't count when a large allocation follows."""

import mmap
import time

MAP_NORESERVE = 0x4000
region = mmap.mmap(-1, 200_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE)
for page in range(0, 200_000_000, 4096):
    region[page] = 1
time.sleep(0.5)  # reservations are read again after a pause
seen = bytes(2_000_000)
region.madvise(mmap.MADV_DONTNEED)
time.sleep(0.5)
after = bytes(240_000_000)  # expect: 240000033 at given_back.py:15 (<module>)
# expect-peak: 242000000
