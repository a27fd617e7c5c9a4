# SPDX-License-Identifier: Apache-2.0
"""Imported by `site` in the environments of the tools; does nothing but where a variable asks for
it, and imports only what Python has loaded anyhow.

BENCH_END=FILE notes when the program itself is done, so that what comes after it, a report, is told
apart. BENCH_CPU=1 makes programs that time themselves tell CPU time, which doesn't grow with what
else the machine has to do."""

import os

if "BENCH_END" in os.environ:
    import atexit
    import time

    def note() -> None:
        """Write the time, and the CPU time so far, in seconds."""
        with open(os.environ["BENCH_END"], "w") as file:
            file.write(f'{{"done_at": {time.time()}, "done_cpu": {sum(os.times()[:4])}}}\n')

    atexit.register(note)

if "BENCH_CPU" in os.environ:
    import time

    time.perf_counter = time.process_time
