# SPDX-License-Identifier: Apache-2.0
"""`./dev demo`: run the notebook and the script, and say where the results lie."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from traitlets import default

HERE = Path(__file__).parent
OUTPUT = HERE.parent / "build/demo"


class ByFiles(AsyncKernelManager):
    """Speaks with the kernel by files: over ports, which anybody on the machine could open, it
    warns."""

    @default("transport")
    def _transport(self) -> str:
        return "ipc"


def run_notebook() -> None:
    """Execute flights.ipynb on the kernel "Python 3 with Fil", print what each profiled cell
    reports, write HTML."""
    notebook = nbformat.read(HERE / "flights.ipynb", as_version=4)
    print("== The notebook, on the kernel Python 3 with Fil", flush=True)
    client = NotebookClient(
        notebook, kernel_name="filprofile", kernel_manager_class=ByFiles, timeout=600
    )
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stdout":
                print(f"\n{output.text.strip()}")
            elif output.output_type == "display_data":
                print(
                    f"\nIn[{cell.execution_count}]  {cell.source.splitlines()[1]}\n"
                    f"{output.data['text/plain']}"
                )
    exporter = HTMLExporter(
        embed_images=True,
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        widget_renderer_url="",
        mermaid_js_url="",
    )
    page, _ = exporter.from_notebook_node(notebook)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "flights.html").write_text(page)
    print(f"\nThe executed notebook: {OUTPUT / 'flights.html'}\n", flush=True)


def run_script() -> None:
    """Run flights.py under the profiler."""
    print("== fil-profile run examples/flights.py", flush=True)
    command = [
        sys.executable,
        "-m",
        "filprofiler",
        "--no-browser",
        "-o",
        str(OUTPUT),
        "run",
        str(HERE / "flights.py"),
    ]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env=os.environ)


run_notebook()
run_script()
