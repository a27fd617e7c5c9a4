# SPDX-License-Identifier: Apache-2.0
"""Imported by `site` in the environments of the tools: notes when the program itself is done, so that what comes after it, a report, is told
apart. Does nothing but where the benchmark says where to. Imports only what Python has loaded anyhow."""

import os

if "BENCH_END" in os.environ:
    import atexit
    import time

    def note() -> None:
        """Write the time, and the CPU time so far, in seconds."""
        with open(os.environ["BENCH_END"], "w") as file:
            file.write(f'{{"done_at": {time.time()}, "done_cpu": {sum(os.times()[:4])}}}\n')

    atexit.register(note)
