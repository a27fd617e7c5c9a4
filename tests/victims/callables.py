# Everything that has a frame, or looks as if it had one: decorators, lambdas, comprehensions, class bodies, exec, imports …
import contextlib
import functools
import pathlib
import sys
import tempfile

MB = 1_000_000
keep = []


def decorator(function):
    keep.append(bytearray(27 * MB))  # expect: 27000000 at :22 (<module>);:13 (decorator)

    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


@decorator
def decorated(megabytes):
    keep.append(bytearray(megabytes * MB))  # expect: 28000000 at :27 (<module>);:17 (decorator.wrapper);:24 (decorated)


decorated(28)
(lambda megabytes: keep.append(bytearray(megabytes * MB)))(29)  # expect: 29000000 at :28 (<module>);:28 (<lambda>)


class Meta(type):
    def __new__(cls, name, bases, space):
        keep.append(bytearray(5 * MB))  # expect: 5000000 at :37 (<module>);:33 (Meta.__new__)
        return super().__new__(cls, name, bases, space)


class Made(metaclass=Meta):
    keep.append(bytearray(6 * MB))  # expect: 6000000 at :37 (<module>);:38 (Made)

    class Inner:
        keep.append(bytearray(7 * MB))  # expect: 7000000 at :37 (<module>);:40 (Made);:41 (Made.Inner)

    @property
    def value(self):
        keep.append(bytearray(8 * MB))  # expect: 8000000 at :60 (<module>);:45 (Made.value)

    @classmethod
    def of_class(cls):
        keep.append(bytearray(9 * MB))  # expect: 9000000 at :60 (<module>);:49 (Made.of_class)

    @staticmethod
    def static():
        keep.append(bytearray(10 * MB))  # expect: 10000000 at :60 (<module>);:53 (Made.static)

    def __getattr__(self, name):
        keep.append(bytearray(11 * MB))  # expect: 11000000 at :60 (<module>);:56 (Made.__getattr__)


made = Made()
made.value, made.of_class(), made.static(), made.missing

exec("keep.append(bytearray(12 * MB))\n\nkeep.append(bytearray(13 * MB))")  # expect: 12000000 at :62 (<module>);<string>:1 (<module>)
# expect: 13000000 at :62 (<module>);<string>:3 (<module>)
eval("keep.append(bytearray(14 * MB))")  # expect: 14000000 at :64 (<module>);<string>:1 (<module>)


def outer(megabytes):
    def inner():
        def innermost():
            keep.append(bytearray(megabytes * MB))  # expect: 15000000 at :77 (<module>);:72 (outer.inner);:70 (outer.inner.innermost)

        innermost()

    return inner


outer(15)()


@contextlib.contextmanager
def manager():
    keep.append(bytearray(16 * MB))  # expect: 16000000 at :87 (<module>);contextlib.py:*.__enter__);:82 (manager)
    yield
    keep.append(bytearray(17 * MB))  # expect: 17000000 at :87 (<module>);contextlib.py:*.__exit__);:84 (manager)


with manager():
    keep.append(bytearray(18 * MB))  # expect: 18000000 at :88 (<module>)


def failing():
    local = bytearray(19 * MB)  # expect: 19000000 at :97 (<module>);:92 (failing)
    raise ValueError(len(local))


try:
    failing()
except ValueError as error:
    held_by_its_traceback = error


# A call that takes several lines belongs to the one that Python's own tracebacks show.
def line_of_caller(megabytes, *_):
    keep.append(bytearray(megabytes * MB))
    return sys._getframe(1).f_lineno


here = line_of_caller(
    20,  # expect: 20000000 at :108 (<module>);:104 (line_of_caller)
    None,
)
chained = (
    "0123456789".strip()
    .upper()  # a method's call belongs to the line of its name
    .replace("0123456789", "0" * (21 * MB))  # expect: 21000000 at :115 (<module>)
)
assert here == line_of_caller.__code__.co_firstlineno + 5
several = [
    bytearray(22 * MB),  # expect: 22000000 at :119 (<module>)
    bytearray(23 * MB),  # expect: 23000000 at :120 (<module>)
]

with tempfile.TemporaryDirectory() as folder:
    sys.path.insert(0, folder)
    pathlib.Path(folder, "imported_victim.py").write_text("\nheld = bytearray(24_000_000)\n")
    import imported_victim  # expect: 24000000 at :126 (<module>);imported_victim.py:2 (<module>)

    sys.path.remove(folder)
assert imported_victim


def default(value=bytearray(25 * MB)):  # noqa: B008  # expect: 25000000 at :132 (<module>)
    return value


def many(*arguments, **names):
    return len(arguments) + len(names)


held = many(*[bytearray(1 * MB) for _ in range(2)]), bytearray(26 * MB)  # expect-line: 26000000 at :140 (<module>)
