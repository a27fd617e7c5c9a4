# SPDX-License-Identifier: Apache-2.0
"""A frame goes, and another of the same function comes to its address with no allocation of its own
between. What the walker left in the first is still there when the second waits for a generator, or
for a property that is to be called: its caller is on another line."""


class Made:
    @property
    def made(self):
        _ = [self]
        return bool


def numbers():
    while True:
        yield 1 if [1] else 0


def fails():
    _ = [1]
    raise AttributeError


class Thing:
    @property
    def attribute(self):
        way = next(ways)
        if way == 0:
            return (1, 2, 3, fails())  # waits with three operands
        if way == 1:
            for _ in ones:
                for _ in twos:
                    for k in values:  # as many iterators
                        return k
        if way == 2:
            return (1, 2, 3, 4, fails())
        return (1, 2, 3, made.made())


def again(generator):
    return next(generator)


def once_more(generator):
    return next(generator)


made, thing, values = Made(), Thing(), numbers()
ways = iter([1, 3] * 20 + [0, 1, 2, 3] * 20)
for _ in range(40):  # until the interpreter has adapted its instructions
    ones, twos = iter([1, 2]), iter([1, 2])
    hasattr(thing, "attribute")
for _ in range(20):
    ones, twos = iter([1, 2]), iter([1, 2])
    hasattr(thing, "attribute")
    hasattr(thing, "attribute")
    hasattr(thing, "attribute")
    hasattr(thing, "attribute")
    again(values)
    once_more(values)
print("done")
