# Lines above 65535, in functions that begin above it, and far apart within one function.
keep = []
above = "\n" * 70_000 + "keep.append(bytearray(30_000_000))"
exec(compile(above, "far.py", "exec"))  # expect: 30000000 at :4 (<module>);far.py:70001 (<module>)
keeping = "    keep.append(bytearray({}0_000_000))\n".format
source = "def far():\n" + "\n" * 99_998 + keeping(4) + "\n" * 999_999 + keeping(5) + "far()"
exec(compile(source, "farther.py", "exec"))
# expect: 40000000 at :7 (<module>);farther.py:1100001 (<module>);farther.py:100000 (far)
# expect: 50000000 at :7 (<module>);farther.py:1100001 (<module>);farther.py:1100000 (far)

# The same far column, and more lines in one function than a byte, or two bytes, can count.
wide = "keep.append(" + " " * 300 + "bytearray(60_000_000))"
exec(compile("\n" * 16_777_300 + wide, "farthest.py", "exec"))  # expect: 60000000 at :13 (<module>);farthest.py:16777301 (<module>)

line = "    number = 1\n"
long = "def long():\n" + line * 70_000 + keeping(7) + line * 3 + "    return number\nlong()"
exec(compile(long, "long.py", "exec"))  # expect: 70000000 at :17 (<module>);long.py:70007 (<module>);long.py:70002 (long)

# Lines may run backwards: code that a generator of code places where it likes.
lines = """
import ast
tree = ast.parse("def back():\\n    keep.append(bytearray(80_000_000))\\n    keep.append(bytearray(90_000_000))\\nback()")
first, second = tree.body[0].body
for node in ast.walk(first):
    if hasattr(node, "lineno"):
        node.lineno = node.end_lineno = 80_000
exec(compile(tree, "back.py", "exec"))
"""
exec(compile(lines, "lines.py", "exec"))
# expect: 80000000 at :29 (<module>);lines.py:8 (<module>);back.py:4 (<module>);back.py:80000 (back)
# expect: 90000000 at :29 (<module>);lines.py:8 (<module>);back.py:4 (<module>);back.py:3 (back)
