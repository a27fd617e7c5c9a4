# What runs when an object dies belongs to the line that let it die: __del__, weakref callbacks, the garbage collector's calls.
import gc
import weakref

gc.disable()
MB = 1_000_000
keep = []


class Dying:
    def __init__(self, megabytes):
        self.megabytes = megabytes
        self.cycle = None

    def __del__(self):
        keep.append(bytearray(self.megabytes * MB))


def drop_locally():
    dying = Dying(2)
    dying.megabytes += 1


drop_locally()  # expect: 3000000 at :24 (<module>);*:16 (Dying.__del__)
dying = Dying(4)
del dying  # expect: 4000000 at :26 (<module>);:16 (Dying.__del__)
dying = Dying(5)
dying = None  # expect: 5000000 at :28 (<module>);:16 (Dying.__del__)
holder = [Dying(1), Dying(1), Dying(4)]
holder.clear()  # expect: 6000000 at :30 (<module>);:16 (Dying.__del__)


def callback(_):
    keep.append(bytearray(7 * MB))


def finalize(megabytes):
    keep.append(bytearray(megabytes * MB))


watched = Dying(0)
reference = weakref.ref(watched, callback)
weakref.finalize(watched, finalize, 8)
del watched
# expect: 7000000 at :44 (<module>);:34 (callback)
# expect: 8000000 at :44 (<module>);weakref.py:* (finalize.__call__);:38 (finalize)

cyclic = Dying(9)
cyclic.cycle = cyclic
del cyclic


def collect():
    gc.collect()  # expect: 9000000 at :57 (<module>);:54 (collect);:16 (Dying.__del__)


collect()


def on_collection(phase, info):
    keep.append(bytearray(5 * MB))


gc.callbacks.append(on_collection)
gc.collect()  # expect: 10000000 at :65 (<module>);:61 (on_collection)
gc.callbacks.clear()


class Revived:
    """Comes back once from the dead, with more than it had."""

    def __del__(self):
        self.held = bytearray(11 * MB)  # expect: 11000000 at :78 (<module>);:73 (Revived.__del__)
        keep.append(self)


revived = Revived()
del revived


class Cycle:
    """Dies in a collection that an allocation begins, in the middle of whatever was going on."""

    def __init__(self, megabytes):
        self.megabytes, self.me = megabytes, self

    def __del__(self):
        keep.append(bytearray(self.megabytes * MB))


def begins_a_collection():
    Cycle(12)
    gc.enable()
    many = []
    while len(keep) < before + 1:
        many.append([])
    gc.disable()
    return many


before = len(keep)
begins_a_collection()
# expect-line: 12000000 at :88 (Cycle.__del__)


def generator():
    try:
        yield
    finally:
        keep.append(bytearray(13 * MB))  # expect: 13000000 at :115 (<module>);:110 (generator)


suspended = generator()
next(suspended)
del suspended


class Chain:
    def __init__(self, next_one):
        self.next_one = next_one

    def __del__(self):
        if self.next_one is None:
            keep.append(bytearray(14 * MB))


# A hundred objects, each dying of the one before.
chain = None
for _ in range(100):
    chain = Chain(chain)
del chain  # expect: 14000000 at :131 (<module>);:124 (Chain.__del__)


class AtExit:
    def __del__(self):
        # Python clears this module: nothing calls it any more.
        self.kept.append(bytearray(15_000_000))  # expect: 15000000 at :137 (AtExit.__del__)

    kept = keep


at_exit = AtExit()
