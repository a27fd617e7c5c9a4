# SPDX-License-Identifier: Apache-2.0
"""What the victims share: how they say what they hold, and what makes that moment the peak."""

import ctypes
import json
import time

BALLAST = 1_500_000_000  # bytes: more than any victim's temporaries


def resident() -> int:
    """The bytes of this process that are in memory, without those that glibc's malloc keeps for later."""
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def report(before: int, held: int | None = None) -> None:
    """Say what is held, in bytes: what the library says, or without that what became resident since `before` was read.

    The ballast makes this the moment of the peak, so the library's temporaries aren't part of it. It is never touched.
    """
    time.sleep(1)  # Polars drops its temporaries on a thread of its own, after the call
    growth = resident() - before
    ballast = bytes(BALLAST)
    print(json.dumps({"truth": growth if held is None else held, "says": held is not None, "growth": growth}))
    del ballast
