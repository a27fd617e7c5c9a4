# SPDX-License-Identifier: Apache-2.0
"""The interpreter's own depths: tracing, sub-interpreters, recursion, code objects without end."""

import os
import sys
import threading
import time
import types

from surroundings import call


def tracing_is_the_programs():
    """settrace and setprofile read as None, see every call, and serve the program alone.

    prints: None None / call line return / call c_call c_return return / None None"""
    seen = []

    def watched():
        return len(seen)

    def trace(frame, event, argument):
        if frame.f_code is watched.__code__:
            seen.append(event)
        return trace

    print(sys.gettrace(), sys.getprofile())
    for install in (sys.settrace, sys.setprofile):
        install(trace)
        watched()
        install(None)
        print(*seen)
        seen.clear()
    print(sys.gettrace(), sys.getprofile())


def sub_interpreters():
    """Made, used, with threads in them, and ended.

    prints: 10"""
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    ended = 0
    for _ in range(10):
        number = interpreters.create()
        interpreters.run_string(
            number,
            "kept = [[number] * 3 for number in range(5000)] + [bytearray(300_000)]\n"
            "def f(): return kept\nf()",
        )
        interpreters.destroy(number)
        ended += 1
    print(ended)


def recursion():
    """20,000 deep, allocating on the way down and up.

    prints: 20000 RecursionError"""
    sys.setrecursionlimit(30_000)

    def deep(depth):
        kept = [depth] * 10
        return (1 + deep(depth - 1)) if depth else len(kept) - 10

    def endless(kept):
        return endless([kept])

    found = [deep(20_000)]
    sys.setrecursionlimit(1000)
    try:
        endless(None)
    except RecursionError as error:
        found.append(type(error).__name__)
    print(*found)


def code_objects():
    """20,000 of them, made, called and dropped, with names that come again.

    prints: 20000"""
    total = 0
    for number in range(20_000):
        space = {}
        exec(
            compile(
                f"def f{number % 100}():\n    return [{number}]", f"<made {number % 50}>", "exec"
            ),
            space,
        )
        total += len(space[f"f{number % 100}"]())
    print(total)


def frames_and_generators():
    """Frames that live on, generators left in the middle, a class whose destructor allocates at the
    very end.

    prints: 3 True"""
    kept = []

    def generate():
        for number in range(10):
            block = bytearray(1000 + number)
            yield sys._getframe()
            kept.append(len(block))

    generators = [generate() for _ in range(100)]
    frames = [next(generator) for generator in generators for _ in range(3)]
    del generators[:50]

    class Late:
        def __del__(self):
            self.blocks = [bytearray(1000) for _ in range(100)]

    module = types.ModuleType("late")
    module.late = Late()
    sys.modules["late"] = module
    print(
        len({frames[number].f_lineno for number in range(3)}) + 2,
        frames[-1].f_code is frames[0].f_code,
    )
    del sys.modules["late"]


def modules_reloaded():
    """Imported, reloaded and forgotten.

    prints: 100"""
    import importlib

    sys.path.insert(0, os.getcwd())
    with open("again.py", "w") as file:
        file.write("kept = [[number] for number in range(100)]\ndef f(): return kept\n")
    import again

    for _ in range(100):
        again = importlib.reload(again)
    del sys.modules["again"], sys.path[0]
    print(len(again.f()))


def exit_in_the_middle():
    """os._exit while threads allocate: who watches writes the report.

    prints: now
    ends: 8"""

    def work():
        while True:
            [[number] for number in range(500)]

    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.05)
    print("now", flush=True)
    os._exit(8)


if __name__ == "__main__":
    call(globals())
