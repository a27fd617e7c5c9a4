# SPDX-License-Identifier: Apache-2.0
"""A recursion that holds a list on each of 3000 levels. Says how many frames the walker looked at
meanwhile."""

import ctypes
import sys

looks = ctypes.c_uint64.in_dll(ctypes.CDLL(sys.argv[1]), "fil_walk_looks")
sys.setrecursionlimit(4000)


def f(n):
    kept = [n]
    return f(n - 1) if n else (looks.value, kept)


before = looks.value
print(f(3000)[0] - before)
