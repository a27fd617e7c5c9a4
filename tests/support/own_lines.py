# SPDX-License-Identifier: Apache-2.0
"""The first line that is shown of real jobs: the reader's own line that holds the most.

    python tests/support/own_lines.py [PYTHON ...]     runs all jobs and writes docs/own-lines.md

Each job of tests/reports/own_jobs marks that line `# held`. PYTHON: interpreters that have what
this one lacks; filprofiler is the one of this interpreter. Tests run some of the jobs
(test_own_lines.py).
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import filprofiler

TESTS = Path(__file__).parents[1]
JOBS = TESTS / "reports/own_jobs"
PAGE = TESTS.parent / "docs/own-lines.md"
NEEDS = {"sklearn": "sklearn", "arrow": "pyarrow", "pandas": "pandas"}
PLACE = re.compile(r"([\w.-]+\.py|In\[\d+\]):(\d+)\b")
COLUMNS = ("end of run", "summary", "table", "answers.own")
SETUP = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "shop"
version = "1"
[project.scripts]
shop = "shop.main:main"
"""


class Job(NamedTuple):
    """`module`: what it needs. `way`: how it is started."""

    name: str
    module: str = ""
    way: str = "script"

    @property
    def file(self) -> Path:
        return JOBS / f"{self.name}.py"

    @property
    def title(self) -> str:
        text = self.file.read_text()
        return text.split('"""')[1].split("\n")[0].rstrip(".")


def jobs() -> list[Job]:
    """All of them: each file, and one of them in each of the other ways in which code is
    started."""
    found = []
    for file in sorted(JOBS.glob("*.py")):
        library = file.stem.partition("_")[0]
        module = {"arrow": "pyarrow"}.get(library, library)
        is_library = re.search(rf"^\s*(import|from) {module}\b", file.read_text(), re.MULTILINE)
        standard = module in sys.stdlib_module_names or not is_library
        found.append(Job(file.stem, "" if standard else module))
    ways = ("-m package", "-m installed package", "console script", "editable install", "notebook")
    return found + [Job("json_load", way=way) for way in ways]


class Result(NamedTuple):
    """The own line that holds the most, and what stands first in each place."""

    job: Job
    expected: str
    first: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return all(place == self.expected for place in self.first)


class Runner:
    """Runs jobs in a folder with one of the interpreters."""

    def __init__(self, folder: Path, pythons: list[str]) -> None:
        self.folder = folder
        self.pythons = [sys.executable, *pythons]
        link = folder / "path/filprofiler"
        link.parent.mkdir()
        link.symlink_to(Path(filprofiler.__file__).parent)

    def python(self, job: Job) -> str | None:
        """The first interpreter that has what the job needs."""
        for python in self.pythons:
            check = f"import {job.module or 'json'}"
            if subprocess.run([python, "-c", check], capture_output=True).returncode == 0:
                return python
        return None

    def run(self, job: Job) -> Result | None:
        """The job's result; None where no interpreter has what it needs."""
        python = self.python(job)
        if python is None:
            return None
        work = self.folder / f"{job.name}-{job.way.replace(' ', '-')}"
        work.mkdir()
        if job.way == "notebook":
            return of_notebook(job, work, python)
        environment = os.environ | {"PYTHONPATH": str(self.folder / "path")}
        line, file = started(job, work, python)
        done = subprocess.run(
            [*line[:1], "-m", "filprofiler", "--no-browser", "-o", work / "out", "run", *line[1:]],
            cwd=work, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        end = done.stderr.partition("Peak memory")[2].partition("\n")[2]
        return result(job, file, work, next((work / "out").glob("*/peak-memory.json")), end)


def held_line(text: str) -> int:
    return next(
        number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# held")
    )


def started(job: Job, work: Path, python: str) -> tuple[list[str], Path]:
    """The command line behind `run` (the interpreter first), and the file with the job's own
    code."""
    source = work / "project/src/shop"
    file = work / f"{job.name}.py"
    shutil.copy(job.file, file)
    if job.way == "script":
        return [python, file.name], file
    (source if job.way != "-m package" else work / "shop").mkdir(parents=True)
    package = work / "shop" if job.way == "-m package" else source
    (package / "__init__.py").touch()
    shutil.copy(job.file, package / "main.py")
    if job.way == "-m package":
        return [python, "-m", "shop.main"], package / "main.py"
    (work / "project/pyproject.toml").write_text(SETUP)
    subprocess.run([python, "-m", "venv", "--without-pip", work / "env"], check=True)
    own = str(work / "env/bin/python")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        own,
        "install",
        "-q",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
    ]
    site = os.path.dirname(os.path.dirname(filprofiler.__file__))
    editable = ["-e"] if job.way == "editable install" else []
    subprocess.run(
        [*install, *editable, work / "project"], check=True, env=os.environ | {"PYTHONPATH": site}
    )
    if job.way == "-m installed package":
        return [own, "-m", "shop.main"], package / "main.py"
    if job.way == "console script":
        return [own, str(work / "env/bin/shop")], package / "main.py"
    file.write_text("import shop.main\nshop.main.main()\n")
    return [own, file.name], package / "main.py"


def result(job: Job, file: Path, work: Path, profile: Path, end: str) -> Result:
    """What stands first in the end of the run, in the commands, and in the JSON."""

    def command(name: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "filprofiler", name, profile],
            cwd=work,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def first(text: str) -> str:
        """The place in the first line that names one, as an import or a line does."""
        for line in text.splitlines():
            if "import" in line.partition("%")[2][:20]:
                return line.partition("%")[2].strip()
            if match := PLACE.search(line):
                return f"{match[1]}:{match[2]}"
        return ""

    texts = (end, command("summary").partition("\n")[2], command("table").partition("\n")[2])
    data = json.loads(profile.read_text())
    row = data["answers"]["own"]["rows"][0]
    function = data["functions"][row[0]]
    answer = f"{os.path.basename(data['paths'][function[1]][0])}:{row[1]}"
    expected = (
        f"{file.name}:{held_line(file.read_text())}"
        if file.exists()
        else f"In[2]:{held_line(job.file.read_text()) + 1}"
    )
    return Result(job, expected, (*map(first, texts), answer))


def of_notebook(job: Job, work: Path, python: str) -> Result:
    """The job as a cell: what the notebook's output says stands in place of the end of the run."""
    from jupyter_client.manager import start_new_kernel

    os.chdir(work)
    manager, client = start_new_kernel(kernel_name="filprofile", cwd=str(work))
    output: list[str] = []

    def said(message: dict) -> None:  # type: ignore[type-arg]
        output.append(message["content"].get("data", {}).get("text/plain", ""))

    try:
        client.execute_interactive("%load_ext filprofiler")
        code = f"%%filprofile --name job\n{job.file.read_text()}"
        client.execute_interactive(code, output_hook=said, timeout=120)
        runs = "get_ipython().input_transformers_cleanup[-1].__self__.runs"
        save = f"_fil = {runs}.find('job').save('cell.json')"
        client.execute_interactive(save, timeout=60)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    end = "\n".join(output).partition("\n")[2]
    return result(job, work / "none.py", work, work / "cell.json", end)


def page(results: list[Result]) -> str:
    """docs/own-lines.md."""
    good = sum(found.is_good for found in results)
    rows = [
        f"| Job | Started by | Own line that holds the most | {' | '.join(COLUMNS)} |",
        "|---|---|---|" + "---|" * len(COLUMNS),
    ]
    for found in results:
        cells = ["yes" if place == found.expected else place for place in found.first]
        rows.append(
            f"| {found.job.title} (`{found.job.name}`) | {found.job.way} | `{found.expected}` | "
            f"{' | '.join(cells)} |"
        )
    return (
        "# The first line shown is your own\n\n"
        "Of each job in `tests/reports/own_jobs`: whether the line of its own code that holds the\n"
        "most at the peak, with all that it called, is the first line in the places that people\n"
        "look at. Where it isn't, the line that is. Of a notebook, what the cell's output says is\n"
        "the end of the run. Made by `python tests/support/own_lines.py`:\n"
        f"{good} of {len(results)} jobs have it in all places.\n\n"
    ) + "\n".join(rows) + "\n"  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", nargs="*")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder).resolve(), options.pythons)
        results = []
        for job in jobs():
            if options.only not in job.name + job.way:
                continue
            found = runner.run(job)
            print(job.name, job.way, found and (found.expected, *found.first), flush=True)
            if found is None:
                sys.exit(f"no interpreter has {job.module}: name one that does")
            results.append(found)
    if not options.only:
        PAGE.write_text(page(results))


if __name__ == "__main__":
    main()
