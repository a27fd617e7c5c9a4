# Deep stacks, path by path: 200, 5000 and 70,000 frames of one function, and two functions that call each other.
import itertools
import sys

sys.setrecursionlimit(100_000)
keep = []


def deep(levels, megabytes):
    if levels:
        return deep(levels - 1, megabytes)
    keep.append(bytearray(megabytes * 1_000_000))


deep(200, 3)  # expect: 3000000 at :15 (<module>);{200 :11 (deep)};:12 (deep)
deep(5000, 4)  # expect: 4000000 at :16 (<module>);{5000 :11 (deep)};:12 (deep)


def very_deep(levels):
    """Allocates nothing on its way, not even a number."""
    if next(levels, False):
        return very_deep(levels)
    keep.append(bytearray(7_000_000))


very_deep(itertools.repeat(True, 70_000))  # expect: 7000000 at :26 (<module>);{70000 :22 (very_deep)};:23 (very_deep)


def on_the_way_down(levels):
    keep.append(bytearray(300_000))
    if levels:
        on_the_way_down(levels - 1)
    keep.append(bytearray(400_000))


on_the_way_down(10)
# expect: 300000 at :36 (<module>);:30 (on_the_way_down)
# expect: 300000 at :36 (<module>);{10 :32 (on_the_way_down)};:30 (on_the_way_down)
# expect: 400000 at :36 (<module>);{10 :32 (on_the_way_down)};:33 (on_the_way_down)
# expect: 400000 at :36 (<module>);{7 :32 (on_the_way_down)};:33 (on_the_way_down)
# expect: 400000 at :36 (<module>);:33 (on_the_way_down)


def even(number):
    return odd(number - 1) if number else keep.append(bytearray(5_000_000))


def odd(number):
    return even(number - 1)


even(100)  # expect: 5000000 at :52 (<module>);{50 :45 (even);:49 (odd)};:45 (even)


def through_c(levels):
    """Each level calls the next through C, whose frames don't show."""
    if levels:
        list(map(through_c, [levels - 1]))
    else:
        keep.append(bytearray(6_000_000))


through_c(100)  # expect: 6000000 at :63 (<module>);{100 :58 (through_c)};:60 (through_c)
