# A block that grows or shrinks belongs to the line that did it last.
import array
import io

MB = 1_000_000


def begin():
    return bytearray(1 * MB), [None] * 10, array.array("d", [0]), io.BytesIO(), bytearray(40 * MB)


def grow_bytes(block):
    block.extend(b"x" * MB)
    block += bytes(10 * MB)  # expect: 12000000 at :28 (<module>);:14 (grow_bytes)


def grow_list(numbers):
    for _ in range(1_000_000):
        numbers.append(None)


def shrink(block):
    del block[2 * MB :]  # expect: 2000000 at :27 (<module>);:23 (shrink)


block, numbers, doubles, stream, shrunk = begin()
shrink(shrunk)
grow_bytes(block)
grow_list(numbers)
# A list that is appended to asks for an eighth more than it needs, an array for a sixteenth.
# expect: 8448672 at :29 (<module>);:19 (grow_list)
doubles *= 1_000_000  # expect: 8500000 at :32 (<module>)
stream.write(b"y" * 5 * MB)  # expect: 5000000 at :33 (<module>)
text = ""
for _ in range(1000):
    text += "0123456789" * 1000  # expect: 10000000 at :36 (<module>)
last = bytearray(50 * MB)  # expect: 50000000 at :37 (<module>)
# expect-peak: 95948672
