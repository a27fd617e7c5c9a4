# Greenlets: each has a stack of its own, and a switch changes which one the thread is in, at any depth.
# needs: greenlet
import greenlet

MB = 1_000_000
keep = []


def deep(levels, function, *arguments):
    if levels:
        return deep(levels - 1, function, *arguments)
    return function(*arguments)


def worker(megabytes):
    while megabytes:
        keep.append(bytearray(int(megabytes * MB)))
        megabytes = main.switch()
    return "done"


def first():
    deep(3, worker, 2)  # expect: 6000000 at :23 (first);{3 :11 (deep)};:12 (deep);:17 (worker)


def second():
    deep(5, worker, 4)  # expect: 10000000 at :27 (second);{5 :11 (deep)};:12 (deep);:17 (worker)


main = greenlet.getcurrent()
one, two = greenlet.greenlet(first), greenlet.greenlet(second)


def drive():
    one.switch()
    two.switch()
    one.switch(3)
    keep.append(bytearray(6 * MB))  # expect: 6000000 at :48 (<module>);{2 :11 (deep)};:12 (deep);:38 (drive)
    two.switch(5)
    # Back and forth: what is remembered of one stack must not be taken for the other.
    for _ in range(100):
        one.switch(0.01)
        two.switch(0.01)
        keep.append(bytearray(200_000))  # expect: 20000000 at :48 (<module>);{2 :11 (deep)};:12 (deep);:44 (drive)
    one.switch(0)


deep(2, drive)


def in_generator():
    yield from switching()


def switching():
    main.switch()
    keep.append(bytearray(7 * MB))
    yield


def third():
    for _ in in_generator():
        main.switch()


three = greenlet.greenlet(third)
three.switch()
three.switch()  # expect: 7000000 at :62 (third);:52 (in_generator);:57 (switching)


def fails():
    keep.append(bytearray(8 * MB))  # expect: 8000000 at :72 (fails)
    raise ValueError


try:
    greenlet.greenlet(fails).switch()
except ValueError:
    keep.append(bytearray(10 * MB))  # expect: 10000000 at :79 (<module>)


class Killed:
    def __del__(self):
        keep.append(bytearray(11 * MB))


def killed():
    held = Killed()
    try:
        main.switch()
    finally:
        keep.append(bytearray(12 * MB))  # expect: 12000000 at :92 (killed)
        del held  # expect: 11000000 at :93 (killed);:84 (Killed.__del__)


# A greenlet without a reference is killed where it stands, by the line that let it go.
dying = greenlet.greenlet(killed)
dying.switch()
del dying
