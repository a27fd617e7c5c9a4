# SPDX-License-Identifier: Apache-2.0
"""zstd compresses in two threads that it makes itself, in C."""

import random

import zstandard

text = "".join(
    random.Random(7).choices(["alpha ", "beta ", "gamma ", "delta ", "x", "yy", "zzz"], k=3_000_000)
).encode()
for _ in range(6):
    zstandard.ZstdCompressor(level=9, threads=2).compress(text)
