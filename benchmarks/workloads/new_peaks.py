# SPDX-License-Identifier: Apache-2.0
"""Blocks of 200 bytes that are all kept: each is a new peak."""

kept = []
for _ in range(4_000_000):
    kept.append(bytearray(200))
