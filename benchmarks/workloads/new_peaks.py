# SPDX-License-Identifier: Apache-2.0
"""Blocks of 2 kB that are all kept: each is a new peak."""

for _round in range(12):
    kept = []
    for _ in range(300_000):
        kept.append(bytearray(2_000))
    del kept
