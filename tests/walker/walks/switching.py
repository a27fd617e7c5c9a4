# SPDX-License-Identifier: Apache-2.0
"""Allocations in every sort of frame, chosen at random: errors through many frames, callbacks,
finalizers, and switches between stacks."""

import random
import sys

sys.setrecursionlimit(5000)
random.seed(1)
main = None


class Thing:
    @property
    def made(self):
        kept = [self]
        return lambda: [kept]

    def __getitem__(self, n):
        return down(n)

    def __del__(self):
        _ = [self.__class__]


def numbers(n):
    thing = Thing()
    for i in range(n):
        yield [i, thing]
    yield from ([i] for i in range(n))


def caught(n):
    try:
        return [0, down(n - 1), 1 / (n % 3)]
    except ZeroDivisionError:
        return [n]


def executed(n):
    scope = {"down": down, "n": n}
    exec("class Inner:\n def inner(n):\n  return [down(n)]\n kept = inner(n // 2)", scope)
    return scope["Inner"].kept


def leaf(n):
    if main:
        main.switch()
    return [n]


WAYS = [
    lambda n: [down(n - 1), [n], down(n // 2)],
    lambda n: [len(x) for x in numbers(3)] + down(n - 1),
    lambda n: [1, Thing().made(), down(n - 1)],
    lambda n: Thing()[n - 1],
    caught,
    lambda n: sorted([3, 1, 2], key=lambda x: (x, [x], down(n // 4)) and x),
    lambda n: [*map(lambda x: [x], numbers(2)), down(n - 1)],
    executed,
    leaf,
]


def down(n):
    kept = [n]
    result = random.choice(WAYS)(n) if n else leaf(n)
    return [result, [kept]]


def forever(n):
    while True:
        down(n)


for _ in range(300):
    down(20)
try:
    from greenlet import getcurrent, greenlet

    main = getcurrent()
    greenlets = [greenlet(forever) for _ in range(8)]
    for i in range(10_000):
        random.choice(greenlets).switch(5 + i % 30)
except ImportError:
    pass
print("done")
