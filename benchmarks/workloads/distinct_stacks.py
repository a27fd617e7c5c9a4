# SPDX-License-Identifier: Apache-2.0
"""1,000,000 stacks that hold memory: 1,000 functions call 1,000 others."""

kept = []
space = {"kept": kept}
exec("\n".join(f"def leaf{number}(): kept.append([0] * 30)" for number in range(1000)), space)
exec("\n".join(f"def caller{number}(leaf): leaf()" for number in range(1000)), space)
leaves = [space[f"leaf{number}"] for number in range(1000)]
for number in range(1000):
    caller = space[f"caller{number}"]
    for leaf in leaves:
        caller(leaf)
