# A program that uses sys.monitoring itself: its instrumented code has the same lines, its callbacks their own.
# needs: python 3.12
import sys

MB = 1_000_000
keep = []
events = sys.monitoring.events
TOOL = 3


def work(megabytes):
    for size in [megabytes, megabytes]:
        keep.append(bytearray(size * MB))
    return megabytes


def on_line(code, line):
    if code is work.__code__:
        keep.append(bytearray(MB // 2))


def on_return(code, offset, value):
    if code is work.__code__:
        keep.append(bytearray(4 * MB))  # expect-line: 4000000 at :24 (on_return)
        sys.monitoring.set_local_events(TOOL, code, 0)


def on_instruction(code, offset):
    return sys.monitoring.DISABLE


sys.monitoring.use_tool_id(TOOL, "victim")
for event, function in ((events.LINE, on_line), (events.PY_RETURN, on_return), (events.INSTRUCTION, on_instruction)):
    sys.monitoring.register_callback(TOOL, event, function)
sys.monitoring.set_local_events(TOOL, work.__code__, events.LINE | events.PY_RETURN | events.INSTRUCTION)
work(3)  # expect: 6000000 at :36 (<module>);:13 (work)
work(5)  # expect: 10000000 at :37 (<module>);:13 (work)
sys.monitoring.set_events(TOOL, events.PY_START | events.CALL | events.BRANCH)
work(6)  # expect: 12000000 at :39 (<module>);:13 (work)
sys.monitoring.set_events(TOOL, 0)
sys.monitoring.free_tool_id(TOOL)
# expect-line: 3000000 at :19 (on_line)
