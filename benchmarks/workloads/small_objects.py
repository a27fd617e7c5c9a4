# SPDX-License-Identifier: Apache-2.0
"""Small lists and dicts made, kept and freed."""

for _ in range(2):
    kept = []
    for number in range(600_000):
        kept.append([number])
        kept.append({number: number})
    del kept
