# Deep stacks, path by path: 200 and 5000 frames of one function, and two functions that call each other.
import sys

sys.setrecursionlimit(20_000)
keep = []


def deep(levels, megabytes):
    if levels:
        return deep(levels - 1, megabytes)
    keep.append(bytearray(megabytes * 1_000_000))


deep(200, 3)  # expect: 3000000 at :14 (<module>);{200 :10 (deep)};:11 (deep)
deep(5000, 4)  # expect: 4000000 at :15 (<module>);{5000 :10 (deep)};:11 (deep)


def on_the_way_down(levels):
    keep.append(bytearray(300_000))
    if levels:
        on_the_way_down(levels - 1)
    keep.append(bytearray(400_000))


on_the_way_down(10)
# expect: 300000 at :25 (<module>);:19 (on_the_way_down)
# expect: 300000 at :25 (<module>);{10 :21 (on_the_way_down)};:19 (on_the_way_down)
# expect: 400000 at :25 (<module>);{10 :21 (on_the_way_down)};:22 (on_the_way_down)
# expect: 400000 at :25 (<module>);{7 :21 (on_the_way_down)};:22 (on_the_way_down)
# expect: 400000 at :25 (<module>);:22 (on_the_way_down)


def even(number):
    return odd(number - 1) if number else keep.append(bytearray(5_000_000))


def odd(number):
    return even(number - 1)


even(100)  # expect: 5000000 at :41 (<module>);{50 :34 (even);:38 (odd)};:34 (even)


def through_c(levels):
    """Each level calls the next through C, whose frames don't show."""
    if levels:
        list(map(through_c, [levels - 1]))
    else:
        keep.append(bytearray(6_000_000))


through_c(100)  # expect: 6000000 at :52 (<module>);{100 :47 (through_c)};:49 (through_c)
