# SPDX-License-Identifier: Apache-2.0
"""A kernel "Python 3 with Fil", driven as a front end drives it, and what its reader sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

Outputs = list[tuple[str, dict[str, Any]]]  # in their order: type and content of a message
REPORT = "Peak memory: "


class Notebook:
    """A front end of one kernel."""

    def __init__(self, client: BlockingKernelClient, manager: Any = None) -> None:
        self.client = client
        self.manager = manager

    def run(self, code: str, interrupt_at: str | None = None) -> tuple[str, Outputs]:
        """Run a cell, interrupt it when it prints that text; its status and its outputs as (type,
        content)."""
        request = self.client.execute(code)
        outputs: Outputs = []
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            if interrupt_at and content.get("text") == interrupt_at:
                self.manager.interrupt_kernel()
            if kind not in ("status", "execute_input"):
                outputs.append((kind, content))
        while (reply := self.client.get_shell_msg(timeout=60))["parent_header"].get(
            "msg_id"
        ) != request:
            pass  # a kernel that was slow to start answers more than once
        return reply["content"]["status"], outputs

    def profile(
        self, code: str, interrupt_at: str | None = None
    ) -> tuple[str, dict[str, str], Outputs]:
        """Run `code` as a profiled cell; its status, the report's data, and its other outputs."""
        status, messages = self.run("%%filprofile\n" + code, interrupt_at)
        outputs = left(messages)
        [report] = displays(outputs)
        return status, report, [output for output in outputs if output[0] != "display_data"]


@contextmanager
def kernel(folder: Path | None = None, loads: bool = True) -> Iterator[Notebook]:
    """A kernel in that folder, with the extension unless `loads` says otherwise."""
    where: dict[str, Any] = {"cwd": str(folder)} if folder else {}
    manager, client = start_new_kernel(kernel_name="filprofile", **where)
    notebook = Notebook(client, manager)
    try:
        assert not loads or notebook.run("%load_ext filprofiler") == ("ok", [])
        yield notebook
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def left(messages: Outputs) -> Outputs:
    """Return what is left of a cell's outputs when it has ended: a slow one has its line about the
    memory cleared away by the next output."""
    outputs: Outputs = []
    clears = False
    for kind, content in messages:
        if kind == "clear_output":
            clears = True
        elif kind != "update_display_data":
            outputs = [*([] if clears else outputs), (kind, content)]
            clears = False
    return outputs


def displays(outputs: Outputs) -> list[dict[str, str]]:
    """Return the data of what was displayed, by their types."""
    return [content["data"] for kind, content in outputs if kind == "display_data"]


def texts(outputs: Outputs) -> list[str]:
    """Return what a reader sees, in its order: printed text, displays, values, names of errors."""
    found = []
    for _, content in outputs:
        data = content.get("data", {}).get("text/plain")
        found.append(content.get("text") or data or content.get("ename"))
    return [text for text in found if text]


def kinds(outputs: Outputs) -> list[str]:
    """Return the outputs' kinds in their order: one stream may come in several messages."""
    return [kind for kind, _ in groupby(kind for kind, _ in outputs)]


def report(outputs: Outputs) -> str:
    """Return the one report, which stands below everything."""
    seen = texts(outputs)
    assert [text.startswith(REPORT) for text in seen] == [False] * (len(seen) - 1) + [True], seen
    return seen[-1]
