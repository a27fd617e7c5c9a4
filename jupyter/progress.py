# SPDX-License-Identifier: Apache-2.0
"""A quiet line below a cell that runs for longer than two seconds: what is live, and the peak so
far.

It stands there only as long as the cell itself has put out nothing: it is cleared away before the
cell's first output, or before the report, and leaves no trace. So it splits no output of the cell,
and nothing that the cell clears or captures takes it, or the report, along. It is sent by the
thread in which the kernel sends all output anyway: a profiled cell has the threads that it has
without us."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import uuid
from types import SimpleNamespace
from typing import Any

from filprofiler import _filext

FIRST_SECONDS, NEXT_SECONDS = 2.0, 1.0
DELIMITER = b"<IDS|MSG>"  # of a message: then signature, header, parent, metadata, content
NO_OUTPUT = ("status", "execute_input")
OUTPUTS = ("stream", "display_data", "execute_result", "error")


class Progress:
    """One cell's line. `display_id`: where it stands; None as long as it isn't there."""

    def __init__(self, shell: Any) -> None:
        self.kernel = getattr(shell, "kernel", None)
        self.thread = getattr(self.kernel, "iopub_thread", None)
        self.lock = threading.RLock()  # a signal's handler may print while we send
        self.pid = os.getpid()
        self.ended = True
        self.display_id: str | None = None

    def begin(self) -> None:
        """Let the line appear when the cell goes on for long. A shell that is no kernel has
        none."""
        if self.thread is None or self.kernel is None:
            return
        with contextlib.suppress(Exception):  # a kernel of another kind: the cell runs without it
            self.session, self.loop = self.kernel.session, self.thread.io_loop
            self.parent = self.kernel.get_parent("shell")
            self.request = self.parent["header"]["msg_id"]
            self.send_multipart = self.thread.send_multipart
            self.thread.send_multipart = self._pass_on
            self.ended = False
            self.loop.add_callback(self.loop.call_later, FIRST_SECONDS, self._tell)

    def end(self) -> None:
        """Nothing is sent any more, and the line goes when the report comes."""
        if self.ended:
            return
        with contextlib.suppress(Exception):
            sys.stdout.flush()  # what was printed at last is the cell's output, too
            sys.stderr.flush()
        with contextlib.suppress(Exception):
            self._clear(wait=True)

    def _clear(self, wait: bool) -> None:
        """End, and take the line away: `wait`: when the next output comes, so that nothing
        flickers."""
        with self.lock:
            if self.ended:
                return
            self.ended = True
            self.thread.__dict__.pop("send_multipart", None)
            if self.display_id:
                self._send("clear_output", {"wait": wait})

    def _pass_on(self, parts: Any, *rest: Any, **named: Any) -> None:
        """In place of the output thread's send_multipart: the cell's first output ends the line."""
        if not self.ended and os.getpid() == self.pid:
            with contextlib.suppress(Exception):
                kind = self._kind(parts)
                if kind is not None:
                    self._clear(wait=kind in OUTPUTS)
        self.send_multipart(parts, *rest, **named)

    def _kind(self, parts: list[bytes]) -> str | None:
        """Return what a message of the cell's own is; None if it isn't one that the reader can
        see."""
        at = parts.index(DELIMITER)
        header, parent = (self.session.unpack(parts[at + offset]) for offset in (2, 3))
        mine = parent.get("msg_id") == self.request and header["msg_type"] not in NO_OUTPUT
        return str(header["msg_type"]) if mine else None

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        socket = SimpleNamespace(send_multipart=self.send_multipart)
        topic = b"display_data"
        self.session.send(socket, self.session.msg(kind, content, parent=self.parent), ident=topic)

    def _tell(self) -> None:
        """In the output's thread: show the line, or bring it up to date."""
        with self.lock:
            if self.ended:
                return
            live, peak = _filext.figures()
            kind = "update_display_data" if self.display_id else "display_data"
            self.display_id = self.display_id or uuid.uuid4().hex
            text = f"filprofiler: {live / 2**20:,.1f} MiB now, peak so far {peak / 2**20:,.1f} MiB"
            html = f'<p style="opacity:0.7"><small>{text}</small></p>'
            data = {"text/plain": text, "text/html": html}
            transient = {"display_id": self.display_id}
            self._send(kind, {"data": data, "metadata": {}, "transient": transient})
        self.loop.call_later(NEXT_SECONDS, self._tell)
