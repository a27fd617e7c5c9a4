# SPDX-License-Identifier: Apache-2.0
"""Work given to threads from many lines, in frames at the same places: each stack is that of the
work, not of the last one."""

import asyncio
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor

seed = random.Random(7)
TEXT = json.dumps([{"id": number, "v": [None, number + 0.5]} for number in range(20)])


def lists(count):
    return [[number] for number in range(count)]


def fails(count):
    raise ValueError(lists(count))


def numbers(count):
    for number in range(count):
        yield [number, [number]]


def nested(count):
    lists(count)
    return inner.submit(lists, count).result()


async def waits(count):
    lists(count)
    await asyncio.sleep(0)
    await asyncio.gather(asyncio.to_thread(lists, count), keeps(count), keeps(count + 1))
    return lists(count)


async def keeps(count):
    kept = [[number] for number in range(count)]
    await asyncio.sleep(0)
    return kept, lists(count)


def submit(which, count):
    match which:
        case 0:
            return pool.submit(lists, count)
        case 1:
            return pool.submit(list, numbers(count))
        case 2:
            return pool.submit(list, map(lists, range(count)))
        case 3:
            return pool.submit(fails, count)
        case 4:
            return pool.submit(nested, count)
        case 5:
            return pool.submit(bytearray, 10 * count)
        case 6:
            return pool.submit(json.loads, TEXT)
        case 7:
            return pool.submit(sorted, range(count), key=lambda number: lists(2)[1:])
        case 8:
            return asyncio.run_coroutine_threadsafe(keeps(count), loop)
        case 9:
            return asyncio.run_coroutine_threadsafe(waits(count), loop)
    return pool.submit(submit, which - 10, count)


def wait_for(future):
    error = future.exception()
    if error is None and hasattr(future.result(), "exception"):
        wait_for(future.result())


loop = asyncio.new_event_loop()
thread = threading.Thread(target=loop.run_forever)
thread.start()
with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(1) as inner:
    for _ in range(300):
        futures = [
            submit(seed.randrange(20), seed.randrange(2, 12)) for _ in range(seed.randrange(1, 6))
        ]
        for future in futures:
            wait_for(future)
loop.call_soon_threadsafe(loop.stop)
thread.join()
print("done")
