# C threads belong to the Python stack that made them, however many C threads lie between, and however long ago it was.
# Nothing is given back: the last thread makes the peak after Python's own end.
import ctypes
import os

c = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/threads.so")
SIZE = ctypes.c_size_t
MB = 1_000_000


def make_threads():
    c.nest(3, SIZE(1 * MB))  # expect: 6000000 at :37 (<module>);:12 (make_threads)
    c.keep_in_c11_thread(SIZE(3 * MB))  # expect: 3000000 at :37 (<module>);:13 (make_threads)


def make_server():
    c.start_server()  # expect: 12000000 at :38 (<module>);:17 (make_server)


def give_order(megabytes):
    c.order(SIZE(megabytes * MB))


def with_destructors():
    c.end_with_destructors(SIZE(4 * MB))  # expect: 12000000 at :41 (<module>);:25 (with_destructors)


CALLBACK = ctypes.CFUNCTYPE(None)


@CALLBACK
def callback():
    c.keep_here(SIZE(14 * MB))  # expect: 14000000 at :33 (callback)


c.say_threads()
make_threads()
make_server()
give_order(5)
give_order(7)
with_destructors()
c.call_in_thread(callback)
c.pass_around(SIZE(30 * MB), 3)  # expect: 9000000 at :43 (<module>)
c.side_by_side(8, SIZE(2 * MB))  # expect: 16000000 at :44 (<module>)
c.start_late(SIZE(20 * MB))  # expect: 20000000 at :45 (<module>)
