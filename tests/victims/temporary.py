# A temporary that is gone before the peak, one that makes the peak, and a second peak as high: the first counts.
def first():
    block = bytearray(40_000_000)  # expect: 40000000 at temporary.py:12 (<module>);temporary.py:3 (first)
    return len(block)


def second():
    block = bytearray(40_000_000)
    return len(block)


first()
second()
# expect-peak: 40000000
