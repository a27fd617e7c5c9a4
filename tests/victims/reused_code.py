# Functions made and dropped by the ten thousand: their code objects' addresses are reused, their names must not be.
keep = []
for number in range(30_000):
    space = {}
    size = {2_500: 8_000_000, 29_999: 9_000_000}.get(number, 10)
    exec(f"def f{number}(keep, size):\n    keep.append(bytearray(size))\n", space)
    space[f"f{number}"](keep, size)
# expect: 8000000 at :7 (<module>);<string>:2 (f2500)
# expect: 9000000 at :7 (<module>);<string>:2 (f29999)
