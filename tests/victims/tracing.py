# A program that traces and profiles itself: what its trace functions take is theirs, below the line they were called for.
import sys
import threading

MB = 1_000_000
keep = []


def work(megabytes):
    keep.append(bytearray(megabytes * MB))
    return megabytes


def tracer(frame, event, argument):
    if frame.f_code is work.__code__ and event == "line":
        frame.f_trace_opcodes = False
        keep.append(bytearray(MB))
    return tracer


def traced():
    sys.settrace(tracer)
    work(3)
    sys.settrace(None)


traced()
# expect: 3000000 at :27 (<module>);:23 (traced);:10 (work)
# Two lines of work, in two threads:
# expect-line: 4000000 at :17 (tracer)

calls = []


def profiler(frame, event, argument):
    calls.append(event)
    if frame.f_code is work.__code__ and event == "return":
        keep.append(bytearray(4 * MB))


def profiled():
    sys.setprofile(profiler)
    work(5)
    sys.setprofile(None)


profiled()
# expect: 5000000 at :47 (<module>);:43 (profiled);:10 (work)
# expect-line: 8000000 at :38 (profiler)
print(calls)


def in_thread():
    work(6)  # expect: 6000000 at :54 (in_thread);:10 (work)


threading.setprofile(profiler)
threading.settrace(tracer)
thread = threading.Thread(target=in_thread)
thread.start()
thread.join()
threading.setprofile(None)
threading.settrace(None)


def jumps():
    number = 1
    number = 2
    keep.append(bytearray(7 * MB))  # expect: 14000000 at :85 (<module>);:69 (jumps)
    number = 3
    return number


def jumper(frame, event, argument):
    """A debugger's jump: once, from the line after the allocation back to before it."""
    if frame.f_code is jumps.__code__:
        if event == "line" and frame.f_lineno == jumps.__code__.co_firstlineno + 4 and not jumped:
            jumped.append(True)
            frame.f_lineno -= 2
        return jumper


jumped = []
sys.settrace(jumper)
jumps()
sys.settrace(None)
assert jumped
