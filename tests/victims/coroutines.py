# Generators, coroutines, tasks: a frame that stops and goes on belongs to the frame that runs it at that moment.
import asyncio
import contextlib

MB = 1_000_000
keep = []


def counted(megabytes):
    for size in megabytes:
        keep.append(bytearray(size * MB))
        yield size


def delegating():
    yield from counted([3])


def first_caller(generator):
    next(generator)  # expect: 20000000 at :28 (<module>);:20 (first_caller);:11 (counted)


def second_caller(generator):
    next(generator)  # expect: 4000000 at :29 (<module>);:24 (second_caller);:11 (counted)


generator = counted([20, 4])
first_caller(generator)
second_caller(generator)
list(delegating())  # expect: 3000000 at :30 (<module>);:16 (delegating);:11 (counted)


def receiving():
    while True:
        size = yield
        keep.append(bytearray(size * MB))


receiver = receiving()
next(receiver)
receiver.send(5)  # expect: 5000000 at :41 (<module>);:36 (receiving)


def catching():
    try:
        yield
    except ValueError:
        keep.append(bytearray(6 * MB))
        yield
    finally:
        keep.append(bytearray(7 * MB))


catcher = catching()
next(catcher)
catcher.throw(ValueError())  # expect: 6000000 at :56 (<module>);:48 (catching)
catcher.close()  # expect: 7000000 at :57 (<module>);:51 (catching)


async def leaf(megabytes):
    await asyncio.sleep(0)
    keep.append(bytearray(megabytes * MB))


async def branch():
    await leaf(8)  # expect: 8000000 at :113 (<module>);*;:96 (tree);:66 (branch);:62 (leaf)


async def numbers():
    for size in (9, 10):
        keep.append(bytearray(size * MB))  # expect: 19000000 at :113 (<module>);*;:97 (tree);:71 (numbers)
        yield size
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def resource():
    keep.append(bytearray(11 * MB))  # expect: 11000000 at :113 (<module>);*;:99 (tree);contextlib.py:*.__aenter__);:78 (resource)
    yield
    keep.append(bytearray(12 * MB))  # expect: 12000000 at :113 (<module>);*;:99 (tree);contextlib.py:*.__aexit__);:80 (resource)


async def task(megabytes):
    await leaf(megabytes)  # expect: 27000000 at :113 (<module>);*events.py:* (Handle._run);:84 (task);:62 (leaf)


def called_soon():
    keep.append(bytearray(15 * MB))  # expect: 15000000 at :113 (<module>);*events.py:* (Handle._run);:88 (called_soon)


def in_thread():
    keep.append(bytearray(16 * MB))  # expect: 16000000 at *;:92 (in_thread)


async def tree():
    await branch()
    async for _ in numbers():
        pass
    async with resource():
        pass
    await asyncio.gather(task(13), task(14))
    asyncio.get_running_loop().call_soon(called_soon)
    sizes = [size async for size in numbers_of(17)]
    await asyncio.to_thread(in_thread)
    return sizes


async def numbers_of(megabytes):
    keep.append(bytearray(megabytes * MB))  # expect-line: 17000000 at :109 (numbers_of)
    yield megabytes


asyncio.run(tree())


def by_hand():
    coroutine = leaf(18)
    coroutine.send(None)
    with contextlib.suppress(StopIteration):
        coroutine.send(None)  # expect: 18000000 at :123 (<module>);:120 (by_hand);:62 (leaf)


by_hand()
