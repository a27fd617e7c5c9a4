# SPDX-License-Identifier: Apache-2.0
"""A quiet line below a cell that runs for longer than two seconds: what is live, and the peak so far. The report takes its place.

It is sent by the thread in which the kernel sends all output anyway: a profiled cell has the threads that it has without us.
"""

from __future__ import annotations

import threading
import uuid
from typing import Any

from filprofiler import _filext

FIRST_SECONDS, NEXT_SECONDS = 2.0, 1.0


class Progress:
    """One cell's line. `display_id`: where it stands; None as long as it isn't there."""

    def __init__(self, shell: Any) -> None:
        self.publisher = shell.display_pub
        thread = getattr(getattr(shell, "kernel", None), "iopub_thread", None)
        self.loop: Any = getattr(thread, "io_loop", None)
        self.lock = threading.Lock()
        self.ended = False
        self.display_id: str | None = None

    def begin(self) -> None:
        """Let the line appear when the cell goes on for long. A shell that is no kernel has none."""
        if self.loop is not None:
            self.parent = self.publisher.parent_header
            self.loop.add_callback(self.loop.call_later, FIRST_SECONDS, self._tell)

    def end(self) -> None:
        """Nothing is sent any more."""
        with self.lock:
            self.ended = True

    def _tell(self) -> None:
        """In the output's thread: show the line, or bring it up to date."""
        with self.lock:
            if self.ended:
                return
            live, peak = _filext.figures()
            kind = "update_display_data" if self.display_id else "display_data"
            self.display_id = self.display_id or uuid.uuid4().hex
            text = f"filprofiler: {live / 2**20:,.1f} MiB live, peak so far {peak / 2**20:,.1f} MiB"
            html = f'<p style="opacity:0.7"><small>{text}</small></p>'
            content = {
                "data": {"text/plain": text, "text/html": html},
                "metadata": {},
                "transient": {"display_id": self.display_id},
            }
            message = self.publisher.session.msg(kind, content, parent=self.parent)
            self.publisher.session.send(self.publisher.pub_socket, message, ident=self.publisher.topic)
        self.loop.call_later(NEXT_SECONDS, self._tell)
