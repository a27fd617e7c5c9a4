# SPDX-License-Identifier: Apache-2.0
"""Python threads, as many as the argument says, that compress and hash large buffers: both release
the GIL."""

import hashlib
import sys
import threading
import zlib

buffer = bytes(range(256)) * 4096
count = int(sys.argv[1])


def work():
    for _ in range(320 // count):
        compressed = zlib.compress(buffer, 1)
        hashlib.sha256(buffer).digest()
        zlib.decompress(compressed)


workers = [threading.Thread(target=work) for _ in range(count)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
