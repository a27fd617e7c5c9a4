# SPDX-License-Identifier: Apache-2.0
"""10 million events, each of another pair of stack and size: 2,000 lines allocate 5,000 sizes
each."""

LINES = 2_000
source = "\n".join(["def allocate(size):"] + ["    bytes(size)"] * LINES)
space = {}
exec(compile(source, "lines.py", "exec"), space)
for size in range(24, 5_024):
    space["allocate"](size)
