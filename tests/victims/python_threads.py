# Python threads: each stack begins at the thread's own function, however the thread was started.
import _thread
import contextvars
import ctypes
import os
import threading
from concurrent.futures import ThreadPoolExecutor

c = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/threads.so")
MB = 1_000_000
keep = []


def work(megabytes):
    keep.append(bytearray(megabytes * MB))  # expect: 3000000 at :88 (<lambda>);:15 (work)


class Worker(threading.Thread):
    def run(self):
        keep.append(bytearray(4 * MB))  # expect: 4000000 at :20 (Worker.run)
        helper()


def helper():
    keep.append(bytearray(5 * MB))  # expect: 5000000 at :21 (Worker.run);:25 (helper)


def in_pool(megabytes):
    keep.append(bytearray(megabytes * MB))  # expect: 13000000 at :97 (<module>);_base.py:*;thread.py:*.submit);thread.py:*.run);:29 (in_pool)
    return megabytes


def low_level(done):
    keep.append(bytearray(8 * MB))  # expect: 8000000 at :34 (low_level)
    done.release()


def outer():
    inner = threading.Thread(target=nested)
    inner.start()
    inner.join()


def nested():
    keep.append(bytearray(9 * MB))  # expect: 9000000 at :45 (nested)


def timed():
    keep.append(bytearray(10 * MB))  # expect: 10000000 at :49 (timed)


def daemon(ready):
    keep.append(bytearray(11 * MB))  # expect: 11000000 at :53 (daemon)
    ready.set()
    threading.Event().wait()


def native():
    # The thread's key is destroyed when it has no Python frame any more: it belongs to the line that made the thread.
    c.mark_this_thread(ctypes.c_size_t(12 * MB))


def start_native():
    thread = threading.Thread(target=native)
    thread.start()  # expect: 12000000 at :105 (<module>);:65 (start_native);threading.py:* (Thread.start)*
    thread.join()


def with_context():
    contextvars.copy_context().run(in_context)


def in_context():
    keep.append(bytearray(13 * MB))  # expect: 13000000 at :70 (with_context);:74 (in_context)


def dropped():
    # Made here, freed by the main thread: gone before the peak.
    borrowed.append(bytearray(60 * MB))


def exits():
    keep.append(bytearray(14 * MB))  # expect: 14000000 at :83 (exits)
    _thread.exit()


borrowed = []
for target in (lambda: work(3), outer, with_context, dropped, exits):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
borrowed.clear()
for thread in (Worker(), threading.Timer(0, timed)):
    thread.start()
    thread.join()
with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(in_pool, [6, 7])) == [6, 7]
done = _thread.allocate_lock()
done.acquire()
_thread.start_new_thread(low_level, (done,))
done.acquire()
ready = threading.Event()
threading.Thread(target=daemon, args=(ready,), daemon=True).start()
ready.wait()
start_native()


def after_main(main):
    main.join()
    keep.append(bytearray(15 * MB))  # expect: 15000000 at :110 (after_main)


threading.Thread(target=after_main, args=(threading.main_thread(),)).start()
