# Each block at its own line, through every kind of frame.
import asyncio
import threading

keep = []


def nested():
    keep.append(bytearray(3_000_000))  # expect: 3000000 at lines.py:25 (<module>);lines.py:9 (nested)


def generator():
    keep.append(bytearray(5_000_000))  # expect: 5000000 at lines.py:26 (<module>);lines.py:13 (generator)
    yield
    keep.append(bytearray(7_000_000))  # expect: 7000000 at lines.py:26 (<module>);lines.py:15 (generator)
    yield


def key(value):
    keep.append(bytearray(9_000_000))  # expect: 9000000 at lines.py:27 (<module>);lines.py:20 (key)
    return value


# Calls, one a line.
nested()
list(generator())
sorted([1], key=key)


class Body:
    keep.append(bytearray(11_000_000))  # expect: 11000000 at lines.py:30 (<module>);lines.py:31 (Body)

    def __init__(self):
        keep.append(bytearray(13_000_000))  # expect: 13000000 at lines.py:37 (<module>);lines.py:34 (Body.__init__)


Body()


async def inner():
    keep.append(bytearray(15_000_000))  # expect-line: 15000000 at lines.py:41 (inner)


async def outer():
    await inner()


asyncio.run(outer())


def in_thread():
    keep.append(bytearray(17_000_000))  # expect: 17000000 at lines.py:52 (in_thread)


thread = threading.Thread(target=in_thread)
thread.start()
thread.join()
numbers = [bytearray(1_000_000) for _ in range(19)]  # expect-line: 19000000 at lines.py:58
exec(compile("keep.append(bytearray(21_000_000))", "made-up.py", "exec"))  # expect: 21000000 at lines.py:59 (<module>);made-up.py:1 (<module>)


def deep(levels):
    if levels:
        return deep(levels - 1)
    keep.append(bytearray(23_000_000))  # expect-line: 23000000 at lines.py:65 (deep)


deep(200)
