# SPDX-License-Identifier: Apache-2.0
"""--no-source and --no-arguments where a report is made afterwards, by the program's own code or by
a cell: the secret that is planted in a line and in an argument is in no file."""

import gzip
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from support.notebooks import displays, kernel
from support.running import run_profiled, soon
from support.terminals import LINE, fil

from filprofiler.privacy import words_of

BOTH = ("--no-source", "--no-arguments")
SECRET = b"hunter2"
JOB = """\
x = bytearray(20_000_000)  # hunter2
import glob, os, shutil, signal
os.kill(os.getpid(), signal.SIGUSR2)
shutil.copy(glob.glob('out/*/recording.fil')[0], 'copy.fil')
try:
    more = bytearray(1 << 62)
except MemoryError:
    pass
"""
CODE = """\
import filprofiler
from filprofiler import api
hidden = {"no_source": True, "no_arguments": True}
def work():
    return len(bytearray(20_000_000))  # hunter2
def told():  # hunter2
    with filprofiler.recording(**hidden) as result:
        work()
    filprofiler.start(**hidden)
    work()
    return result.snapshot, filprofiler.snapshot(), filprofiler.stop()
api.profile(work, "out/one", **hidden)
api.profile(path="out", **hidden)(work)()
for number, snapshot in enumerate(told()):
    snapshot.save(f"out/{number}.json")
    snapshot.write_report(f"out/{number}")
    assert not any("hunter2" in line.source for line in snapshot.own_lines()), snapshot
"""


def files_with_the_secret(folder: Path) -> list[str]:
    def content(path: Path) -> bytes:
        return gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()

    return [str(path) for path in folder.rglob("*") if path.is_file() and SECRET in content(path)]


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A result with the secret in it: two reports, one that was asked for, and the recording."""
    (tmp_path / "job.py").write_text(JOB)
    done = run_profiled(["job.py", "--password", "hunter2"], tmp_path / "out")
    assert done.report and done.returncode == 0, done.stderr
    shutil.move(tmp_path / "copy.fil", done.report / "recording.fil")
    found = {Path(path).name for path in files_with_the_secret(done.report)}
    assert {"recording.fil", "index.html", "peak-memory.json", "out-of-memory.json"} <= found
    return done.report


@pytest.mark.parametrize("source", ["recording.fil", "peak-memory.json", "out-of-memory.svg"])
def test_a_new_folder(source: str, result: Path, tmp_path: Path) -> None:
    made = fil("report", *BOTH, "--no-browser", "-o", "again", str(result / source))
    assert made.returncode == 0 and "hunter2" not in made.stdout, made.stderr
    assert len(list((tmp_path / "again").rglob("*.html"))) == 1
    assert files_with_the_secret(tmp_path / "again") == []


def test_the_result_itself(result: Path) -> None:
    """All of its reports are written again, and the recording, which says more, goes."""
    reports = sorted(path for path in result.rglob("*") if path.is_file())
    made = fil("report", *BOTH, "--no-browser", str(result))
    assert made.returncode == 0, made.stderr
    assert files_with_the_secret(result) == []
    left = sorted(path for path in result.rglob("*") if path.is_file())
    assert left == [path for path in reports if path.name != "recording.fil"]


def test_settings_count_for_report(result: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.filprofiler]\nno-source = true\n")
    assert fil("report", "--no-browser", "-o", "again", str(result)).returncode == 0
    [path] = (tmp_path / "again").rglob("*.json")
    data = json.loads(path.read_text())
    assert data["sources"] == {} and "texts" not in data and data["command"][-1] == "hunter2"


def test_a_running_program(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text("x = bytearray(20_000_000)  # hunter2\ninput()\n")
    line = [*LINE, "-o", "out", "run", "job.py", "hunter2"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as job:
        assert soon(lambda: fil("summary", "--json", "out").stdout.find("bytearray") > 0)
        made = fil("report", *BOTH, "--no-browser", "-o", "again", "out")
        assert made.returncode == 0, made.stderr
        made = fil("report", *BOTH, "--no-browser", "out")
        assert "its recording stays" in made.stderr
        [folder] = (tmp_path / "out").iterdir()
        assert files_with_the_secret(folder) == [str(folder / "recording.fil")]
        job.communicate(b"\n")
    assert files_with_the_secret(tmp_path / "again") == []


@pytest.mark.parametrize("format", ["folded", "speedscope", "pprof", "csv", "json"])
def test_exports(format: str, result: Path, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    to = f"exports/{format}.gz" if format == "pprof" else f"exports/{format}"
    arguments = ("export", "-f", format, "-o", to, str(result / "peak-memory.json"))
    assert fil(*arguments).returncode == 0
    whole = files_with_the_secret(tmp_path / "exports")
    assert whole or format not in ("json", "pprof")
    assert fil(*arguments, *BOTH).returncode == 0
    assert files_with_the_secret(tmp_path / "exports") == []


@pytest.mark.parametrize("command", ["python", "run"])
def test_code_asks_for_it(command: str, tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(CODE)
    arguments, options = ["job.py", "hunter2"], ("--no-browser",)
    done = run_profiled(arguments, tmp_path / "run", command, options=options)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").rglob("index.html"))) == 5
    assert files_with_the_secret(tmp_path / "out") == []
    if command == "run":  # which wasn't asked for that
        assert files_with_the_secret(tmp_path / "run")


def test_code_under_settings(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(CODE.replace("True", "False"))
    settings = "[tool.filprofiler]\nno-source = true\nno-arguments = true\n"
    (tmp_path / "pyproject.toml").write_text(settings)
    done = run_profiled(["job.py", "hunter2"], tmp_path / "run", "python")
    assert done.returncode == 0 and files_with_the_secret(tmp_path / "out") == [], done.stderr
    (tmp_path / "pyproject.toml").unlink()
    done = run_profiled(["job.py", "hunter2"], tmp_path / "run", "python")
    assert done.returncode != 0 and files_with_the_secret(tmp_path / "out")


CELL = """%%filprofile{}
x = bytearray(20_000_000)  # hunter2
held = open(get_ipython().kernel.config.IPKernelApp.connection_file[:-5] + ".fil.cells").read()
try: more = bytearray(1 << {})  # hunter2
except MemoryError: pass"""


@pytest.mark.parametrize("is_setting", [False, True])
def test_cells(is_setting: bool, tmp_path: Path) -> None:
    """Nothing of the cell is in its output, in the comparison, nor in what it keeps for the next
    kernel."""
    if is_setting:
        (tmp_path / "pyproject.toml").write_text("[tool.filprofiler]\nno-source = true\n")
    option = "" if is_setting else " --no-source"
    with kernel(tmp_path) as notebook:
        notebook.run("%%filprofile --name before\ny = bytearray(20_000_000)  # hunter2")
        for words in (option, f"{option} --compare before"):
            status, outputs = notebook.run(CELL.format(words, 62))
            assert status == "ok"
            shown = json.dumps(displays(outputs))
            assert "hunter2" not in shown and "19.1 MiB" in shown
            _, outputs = notebook.run("print('hunter' in held, 'In[' in held)")
            assert outputs[0][1]["text"] == "False True\n"
        _, outputs = notebook.run("%%filprofile\ny = bytearray(20_000_000)  # hunter2")
        assert ("hunter2" in json.dumps(displays(outputs))) != is_setting


def test_a_kernel_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In such a cell: nothing of it is in what the kernel leaves, in the report that is made of
    that, nor in what the next kernel shows."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(runtime))
    with kernel(tmp_path) as notebook:
        assert notebook.run("def load(): return bytearray(50_000_000)  # hunter2")[0] == "ok"
        notebook.client.execute(
            "%%filprofile --no-source\nkept = load()  # hunter2\nimport os; os.kill(os.getpid(), 9)"
        )
        assert soon(lambda: not notebook.manager.is_alive())
    left = list(runtime.glob("*.fil*"))
    assert {path.suffix for path in left} == {".fil", ".cells"}
    [recording] = runtime.glob("*.fil")
    made = fil("report", "--no-browser", "-o", "again", str(recording))
    assert made.returncode == 0 and "hunter2" not in made.stdout + made.stderr, made.stderr
    assert len(list((tmp_path / "again").rglob("index.html"))) == 1
    assert files_with_the_secret(tmp_path) == []
    with kernel(tmp_path, loads=False) as notebook:
        status, outputs = notebook.run("%load_ext filprofiler")
        shown = json.dumps([content for _, content in outputs])
        assert status == "ok" and "47.7 MiB" in shown and "hunter2" not in shown


def test_a_kernel_that_runs_out_of_memory(control_group: Path, tmp_path: Path) -> None:
    """And has to end: nothing of the cell is in its report, nor in one that is made of it."""
    with kernel(tmp_path) as notebook:
        join = f"import os; n = open({str(control_group / 'cgroup.procs')!r}, 'w').write"
        assert notebook.run(f"{join}(str(os.getpid()))")[0] == "ok"
        notebook.client.execute(
            "%%filprofile --no-source\nkept = None  # hunter2\n"
            "while True: kept = (kept, bytes(1000))  # hunter2"
        )
        assert soon(lambda: not notebook.manager.is_alive())
    [report] = (tmp_path / "fil-result").iterdir()
    assert (report / "out-of-memory.json").exists()
    made = fil("report", "--no-browser", "-o", "again", str(report))
    assert made.returncode == 0 and "hunter2" not in made.stdout + made.stderr, made.stderr
    assert files_with_the_secret(tmp_path) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("python job.py a", 2),
        ("python -I -X dev job.py a", 5),
        ("python -Xdev -bW error -- job.py a", 6),
        ("python --check-hash-based-pycs never job.py a", 4),
        ("python -m job a", 3),
        ("python -Im job a", 3),
        ("python -mjob a", 2),
        ("python -c text a", 2),
        ("python -Ictext a", 1),
        ("python - a", 2),
        ("python job.py -m a", 2),
    ],
)
def test_words_of_a_command(command: str, words: int) -> None:
    assert words_of(command.split()) == words
