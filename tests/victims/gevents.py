# gevent: a task's stack begins at its function, whatever the hub does between.
# needs: gevent
import gevent
import gevent.pool
import gevent.queue

MB = 1_000_000
keep = []


def task(megabytes, times):
    for _ in range(times):
        gevent.sleep(0)
        keep.append(bytearray(megabytes * MB // times))  # expect: 5000000 at :14 (task)


def consumer():
    while True:
        size = queue.get()
        if not size:
            return
        keep.append(bytearray(size * MB))  # expect: 13000000 at :22 (consumer)


def producer():
    queue.put(6)
    queue.put(7)
    keep.append(bytearray(8 * MB))  # expect: 8000000 at :28 (producer)
    queue.put(0)


queue = gevent.queue.Queue(1)
gevent.joinall([gevent.spawn(task, 2, 100), gevent.spawn(task, 3, 10), gevent.spawn(consumer), gevent.spawn(producer)])
pool = gevent.pool.Pool(3)


def mapped(megabytes):
    gevent.sleep(0.001)
    keep.append(bytearray(megabytes * MB))  # expect: 27000000 at :39 (mapped)


list(pool.imap_unordered(mapped, [9, 10, 8]))
print(gevent.get_hub().threadpool.apply(len, ([1, 2],)))


def native():
    keep.append(bytearray(11 * MB))  # expect-line: 11000000 at :47 (native)


gevent.get_hub().threadpool.apply(native)
