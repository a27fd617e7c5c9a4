# SPDX-License-Identifier: Apache-2.0
"""Commands as a shell runs them: in a pipe, and in a terminal of their own."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import Any

LINE = [sys.executable, "-m", "filprofiler"]
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def fil(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LINE, *arguments], capture_output=True, text=True, **options)


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, *arguments: str, width: int = 80, **environment: str) -> None:
        control, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        variables = {
            name: value
            for name, value in os.environ.items()
            if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
        }
        variables |= {"TERM": "xterm-256color", **environment}
        self.before = termios.tcgetattr(inner)
        self.inner, self.control, self.text = inner, control, ""
        self.process = subprocess.Popen(
            [*LINE, *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=variables,
            preexec_fn=self.own,
        )

    def own(self) -> None:
        os.setsid()
        signal.signal(
            signal.SIGINT, signal.SIG_DFL
        )  # a shell starts what runs in its background with Ctrl-C ignored
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read_until(self, words: str | None = None, seconds: float = 30) -> str:
        """Read until these words were said, or to the command's end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and (words is None or words not in self.text):
            ended = self.process.poll() is not None
            ready = select.select([self.control], [], [], 0.5 if ended else 0.1)[
                0
            ]  # the system hands on what was written a little later
            if ready:
                self.text += os.read(self.control, 65536).decode(errors="replace")
            elif ended:
                break
        return self.text

    def lines(self) -> list[str]:
        return ESCAPE.sub("", self.read_until()).replace("\r", "").splitlines()

    def close(self) -> int:
        code = self.process.wait(30)
        os.close(self.control)
        os.close(self.inner)
        return code
