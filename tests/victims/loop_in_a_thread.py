# An event loop in a thread of its own, as zarr and fsspec have one: what its tasks allocate belongs to the line that gave them.
import asyncio
import threading

MB = 1_000_000
kept = []
loop = asyncio.new_event_loop()
thread = threading.Thread(target=loop.run_forever, name="io")
thread.start()


async def keep(megabytes):
    kept.append(bytearray(megabytes * MB))
    await asyncio.sleep(0)
    kept.append(bytearray(megabytes * MB))


async def keep_both(first, second):
    await asyncio.gather(keep(first), keep(second))


async def in_thread(megabytes):
    await asyncio.to_thread(lambda: kept.append(bytearray(megabytes * MB)))


def wait_for(coroutine):
    asyncio.run_coroutine_threadsafe(coroutine, loop).result()


async def own(megabytes):
    # Given by the loop's own thread: as any task.
    await keep(megabytes)  # expect: 26000000 at *events.py:* (Handle._run);:32 (own);*


def begin():
    kept.append(loop.create_task(own(13)))


wait_for(keep(10))  # expect: 10000000 at :39 (<module>);:13 (keep)
wait_for(keep(11))  # expect: 11000000 at :40 (<module>);:15 (keep)
wait_for(keep_both(7, 8))  # expect-line: 30000000 at :41 (<module>)
wait_for(in_thread(12))  # expect-line: 12000000 at :42 (<module>)
loop.call_soon_threadsafe(begin)
for _ in range(5):
    wait_for(asyncio.sleep(0))
loop.call_soon_threadsafe(loop.stop)
thread.join()
# expect-thread: 98000000 io
# expect-thread: 12000000 asyncio_0
