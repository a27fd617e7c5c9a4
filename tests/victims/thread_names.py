# Each thread's share of the peak under its name; threads of one name are one; a thread without a name in Python is "Thread".
import _thread
import threading

MB = 1_000_000
kept = []
done = threading.Semaphore(0)


def hold(megabytes):
    kept.append(bytearray(megabytes * MB))  # expect: 110000000 at :11 (hold)
    done.release()


class Worker(threading.Thread):
    def __getattribute__(self, name):  # is not asked
        if name == "_name" and not getattr(threading.current_thread(), "_started", True):
            raise KeyError(name)
        return super().__getattribute__(name)


threads = [
    threading.Thread(target=hold, args=(20,), name="loader"),
    threading.Thread(target=hold, args=(10,), name="loader"),
    threading.Thread(target=hold, args=(30,), name="Zähler;\n\udcff" + "x" * 100),
    Worker(target=hold, args=(15,), name="worker"),
]
for thread in threads:
    thread.start()
    thread.join()
_thread.start_new_thread(hold, (35,))
for _ in range(len(threads) + 1):
    done.acquire()
mine = bytearray(40 * MB)  # expect-line: 40000000 at :34
# expect-thread: 30000000 loader
# expect-thread: 15000000 worker
# expect-thread: 35000000 Thread
# expect-thread: 30000000 Zähler;\n\xffxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
