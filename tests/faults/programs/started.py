# SPDX-License-Identifier: Apache-2.0
"""A program that looks at how it was started, and works: objects, threads, a child, a call tree
that grows, a deep recursion."""

import os
import sys
import threading

from surroundings import seen, write


def _grow():
    space = {"kept": []}
    exec("\n".join(f"def f{number}(): kept.append([0] * 30)" for number in range(3000)), space)
    for number in range(3000):
        space[f"f{number}"]()
    return len(space["kept"])


def _deep(depth):
    return 1 + _deep(depth - 1) if depth else len(bytearray(10_000)) - 10_000


def work():
    """Prints what it found."""
    threading.stack_size(256 << 10)
    found = [_grow(), _deep(800)]
    for _ in range(3):
        thread = threading.Thread(target=lambda: found.append(_deep(500)))
        thread.start()
        thread.join()
    child = os.fork()
    if not child:
        _grow()
        os._exit(3)
    try:
        found.append(os.waitpid(child, 0)[1])
    except ChildProcessError:
        found.append("no need to wait")
    print(*found)
    if sys.stderr:
        print("told", file=sys.stderr)


if __name__ == "__main__":
    write("seen.json", seen())
    work()
