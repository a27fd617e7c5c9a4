# What an executor's threads allocate belongs to the line that submitted the work, however late it is done.
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

MB = 1_000_000
kept = []


def keep(megabytes):
    kept.append(bytearray(megabytes * MB))


def fails(megabytes):
    keep(megabytes)
    raise ValueError(kept.pop())


def submit(pool, megabytes):
    return pool.submit(keep, megabytes)  # expect-line: 77000000 at :20 (submit)


def outer(megabytes):
    keep(megabytes)
    inner.submit(keep, 3 * megabytes).result()  # expect-line: 12000000 at :25 (outer)


def again_and_again(times):
    keep(1)
    if times > 1:
        pool.submit(again_and_again, times - 1)
    else:
        done.set()


async def in_thread(megabytes):
    await asyncio.to_thread(keep, megabytes)  # expect-line: 14000000 at :37 (in_thread)


def sizes():
    yield 5
    yield 6


def keep_sizes(sizes):
    for size in sizes:
        keep(size)


with ThreadPoolExecutor(1, "pool") as pool, ThreadPoolExecutor(1, "inner") as inner:
    # The same thread, the same frames, one after the other: each for another line.
    submit(pool, 20).result()  # expect: 20000000 at :52 (<module>);:20 (submit);thread.py:*.submit);thread.py:*.run);:11 (keep)
    submit(pool, 25).result()  # expect: 25000000 at :53 (<module>);:20 (submit);thread.py:*.submit);thread.py:*.run);:11 (keep)
    kept.append(pool.submit(bytearray, 8 * MB).result())  # expect: 8000000 at :54 (<module>);thread.py:*.submit);thread.py:*.run)
    kept.append(pool.submit(bytearray, 9 * MB).result())  # expect: 9000000 at :55 (<module>);thread.py:*.submit);thread.py:*.run)
    kept += pool.map(bytearray, [10 * MB, 7 * MB])  # expect-line: 17000000 at :56 (<module>)
    list(pool.map(keep, sizes()))  # expect-line: 11000000 at :57 (<module>)
    pool.submit(keep_sizes, sizes()).result()  # expect-line: 11000000 at :58 (<module>)
    error = pool.submit(fails, 13).exception()  # expect-line: 13000000 at :59 (<module>)
    # One executor's work gives work to another, and to its own.
    pool.submit(outer, 4).result()  # expect-line: 16000000 at :61 (<module>)
    done = threading.Event()
    pool.submit(again_and_again, 30)  # expect-line: 30000000 at :63 (<module>)
    done.wait()
    # Both wait while the one thread is busy; who submitted has returned long ago.
    started = threading.Event()
    pool.submit(started.wait)
    submit(pool, 15), submit(pool, 17)  # expect-line: 32000000 at :68 (<module>)
    started.set()
asyncio.run(in_thread(14))  # expect-line: 14000000 at :70 (<module>)
# expect-thread: 180000000 pool_0
# expect-thread: 12000000 inner_0
# expect-thread: 14000000 asyncio_0
