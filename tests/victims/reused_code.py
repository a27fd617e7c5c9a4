# Functions made and dropped by the thousand: their code objects' addresses are reused, their names must not be.
keep = []
for number in range(3000):
    space = {}
    exec(f"def f{number}(keep):\n    keep.append(bytearray(10 if {number} != 2500 else 8_000_000))\n", space)
    space[f"f{number}"](keep)  # expect: 8000000 at reused_code.py:6 (<module>);<string>:2 (f2500)
