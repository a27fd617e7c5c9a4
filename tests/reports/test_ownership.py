# SPDX-License-Identifier: Apache-2.0
"""Whose code it is: what `--own` and pyproject.toml name, packages that are run, where files
lie."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, TypedDict

import pytest

from filprofiler import Snapshot, ownership
from filprofiler.places import short

SITE = "/opt/lib/python3.12/site-packages"
HELD = 20_000_000
MAKES = f"def make():\n    return bytearray({HELD})\n"  # line 2 holds it


def kinds(file: str, own: list[str] | None = None) -> tuple[str, str]:
    """The package of a file, and the kind of its code."""
    functions = [
        {"name": "", "file": "", "first_line": 0},
        {"name": "f", "file": file, "first_line": 1},
    ]
    head = {"format": "filprofiler", "version": 1, "kind": "peak", "command": [], "sources": {}}
    nodes = [[0, 0, 0, 0, 0], [0, 1, 1, 100, 1]]
    profile = head | {"peak_bytes": 100, "functions": functions, "nodes": nodes, "own": own or []}
    return Snapshot(json.dumps(profile).encode()).native.paths()[1][1:]


@pytest.mark.parametrize(
    ("file", "package", "kind"),
    [
        ("/home/me/job.py", "own code", "own"),
        ("job.py", "own code", "own"),
        (f"{SITE}/numpy/core.py", "numpy", "library"),
        (f"{SITE}/six.py", "six", "library"),
        (f"{SITE}/google/cloud/storage/client.py", "google", "library"),
        (f"{SITE}/old-1.0-py3.12.egg/old/__init__.py", "old", "library"),
        ("/home/me/project/.venv/lib/python3.12/site-packages/numpy/core.py", "numpy", "library"),
        ("/home/me/project/.venv/lib64/python3.13t/site-packages/numpy/core.py", "numpy",
         "library"),
        ("/home/me/.local/lib/python3.12/site-packages/numpy/core.py", "numpy", "library"),
        ("/opt/conda/envs/job/lib/python3.12/site-packages/numpy/core.py", "numpy", "library"),
        ("/usr/lib/python3/dist-packages/numpy/core.py", "numpy", "library"),
        ("/usr/local/lib/python3.12/dist-packages/numpy/core.py", "numpy", "library"),
        ("/x/site-packages/job/.venv/lib/python3.12/site-packages/numpy/core.py", "numpy",
         "library"),
        ("/cache/external/pip_numpy/site-packages/numpy/core.py", "numpy", "library"),
        ("/usr/lib/python3.12/json/decoder.py", "standard library", "standard"),
        ("/opt/conda/lib/python3.12/json/decoder.py", "standard library", "standard"),
        ("/usr/lib/python312.zip/json/decoder.py", "standard library", "standard"),
        ("<frozen os>", "standard library", "standard"),
        ("/home/me/job.pyz/__main__.py", "own code", "own"),
        ("/home/me/my-packages/a.py", "own code", "own"),
        ("/home/me/python3/a.py", "own code", "own"),
        ("<ipython-input-1-abc>", "own code", "own"),
        ("<stdin>", "own code", "own"),
        ("<string>", "<string>", "none"),
        ("<attrs generated init job.A>", "<attrs generated init job.A>", "none"),
    ],
)  # fmt: skip
def test_whose_a_file_is(file: str, package: str, kind: str) -> None:
    assert kinds(file) == (package, kind)


@pytest.mark.parametrize(
    ("own", "file", "package", "kind"),
    [
        ("numpy", f"{SITE}/numpy/core.py", "numpy", "own"),
        ("numpy", f"{SITE}/numpydoc/core.py", "numpydoc", "library"),
        ("six", f"{SITE}/six.py", "six", "own"),
        ("json", "/usr/lib/python3.12/json/decoder.py", "json", "own"),
        ("google.cloud", f"{SITE}/google/cloud/client.py", "google.cloud", "own"),
        ("google.cloud", f"{SITE}/google/auth/client.py", "google", "library"),
        (f"{SITE}/numpy", f"{SITE}/numpy/core.py", "own code", "own"),
        (f"{SITE}/numpy/", f"{SITE}/numpy/core.py", "own code", "own"),
        (f"{SITE}/num", f"{SITE}/numpy/core.py", "numpy", "library"),
        (f"{SITE}/numpy/core.py", f"{SITE}/numpy/core.py", "own code", "own"),
        (f"{SITE}/numpy/core.py", f"{SITE}/numpy/main.py", "numpy", "library"),
        (SITE, f"{SITE}/numpy/core.py", "own code", "own"),
        ("/opt", f"{SITE}/numpy/core.py", "numpy", "library"),
        ("/usr/lib/python3.12/json", "/usr/lib/python3.12/json/decoder.py", "own code", "own"),
        ("/x/site-packages/job", "/x/site-packages/job/a.py", "own code", "own"),
        ("/x/site-packages/job", f"/x/site-packages/job/.venv{SITE}/numpy/a.py", "numpy",
         "library"),
        # naming one doesn't take from the others
        ("src", "/home/me/other/a.py", "own code", "own"),
    ],
)  # fmt: skip
def test_what_is_named_is_own(own: str, file: str, package: str, kind: str) -> None:
    assert kinds(file, [own]) == (package, kind)


def test_names_of_folders_and_packages(tmp_path: Path) -> None:
    for folder in ("src", "mypkg", "my-job"):
        (tmp_path / folder).mkdir()
    (tmp_path / "job.py").touch()
    (tmp_path / "link").symlink_to("src")
    found = {name: ownership.resolved(name, str(tmp_path)) for name in
             ("src", "src/", "./mypkg", "my-job", "numpy", "google.cloud", "job.py", "..", "link",
              "no/such")}  # fmt: skip
    assert found == {
        "src": [f"{tmp_path}/src", "src"],
        "src/": [f"{tmp_path}/src"],
        "./mypkg": [f"{tmp_path}/mypkg"],
        "my-job": [f"{tmp_path}/my-job"],
        "numpy": ["numpy"],
        "google.cloud": ["google.cloud"],
        "job.py": [f"{tmp_path}/job.py"],
        "..": [str(tmp_path.parent)],
        "link": [f"{tmp_path}/link", f"{tmp_path}/src", "link"],
        "no/such": [f"{tmp_path}/no/such"],
    }


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(folder: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """`fil-profile` in that folder, without what the tests' own folder says."""
    line = [sys.executable, "-m", "filprofiler", *map(str, arguments)]
    return subprocess.run(
        line, cwd=folder, env=os.environ | more, capture_output=True, text=True, check=False
    )


def record(
    folder: Path, *arguments: str | Path, options: tuple[str, ...] = (), **more: str
) -> Snapshot:
    """The profile of a program that is run in that folder."""
    out = folder / f"out-{len(list(folder.glob('out-*')))}"
    done = run(folder, "-o", out, "--no-browser", *options, "run", *arguments, **more)
    assert done.returncode == 0, done.stderr
    return Snapshot.load(next(out.glob("*/peak-memory.json")))


def first(snapshot: Snapshot) -> str:
    """The first line of all answers: `mypkg/data.py:2`, and in what."""
    frame, held, _, below, _ = snapshot.own_lines()[0]
    assert held >= HELD
    return f"{'/'.join(Path(frame.file).parts[-2:])}:{frame.line}" + (
        f" in {below}" if below else ""
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with `mylib`, which calls `other`, among the packages of an environment beside
    it."""
    site = tmp_path / "env/lib/python3.12/site-packages"
    write(site / "mylib/__init__.py", "import other\n\ndef load():\n    return other.make()\n")
    write(site / "mylib/__main__.py", "import mylib\nkept = mylib.load()\n")
    write(site / "other.py", MAKES)
    folder = tmp_path / "project"
    write(folder / "job.py", "import mylib\nkept = mylib.load()\n")
    return folder


class Packages(TypedDict):
    """The variable under which a program finds the packages beside a project."""

    PYTHONPATH: str


def environment(folder: Path) -> Packages:
    return {"PYTHONPATH": str(folder.parent / "env/lib/python3.12/site-packages")}


def test_the_setting_and_the_option(project: Path) -> None:
    packages, library = environment(project), "mylib/__init__.py:4 in other"
    plain = record(project, "job.py", **packages)
    assert first(plain) == "project/job.py:2 in mylib" and "own" not in plain.facts
    assert first(record(project, "job.py", options=("--own", "mylib"), **packages)) == library
    path = Path(packages["PYTHONPATH"], "mylib")
    by_folder = record(project, "job.py", options=(f"--own={path}",), **packages)
    assert first(by_folder) == library and by_folder.facts["own"] == [str(path)]
    write(project.parent / "pyproject.toml", '[tool.filprofiler]\nown = ["mylib", "env"]\n')
    by_setting = record(project, "job.py", **packages)
    assert first(by_setting) == library
    assert by_setting.facts["own"] == ["mylib", str(project.parent / "env"), "env"]
    assert (
        first(record(project, "job.py", options=("--own", "other"), **packages))
        == "site-packages/other.py:2"
    )
    write(project / "pyproject.toml", "[project]\nname = 'nearer'\n")
    assert first(record(project, "job.py", **packages)) == "project/job.py:2 in mylib"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.filprofiler", "is left out: Expected ']'"),
        ("[tool.filprofiler]\nown = 'src'\n", "own is a list of folders and packages"),
        ("[tool.filprofiler]\nown = ['']\n", "own is a list of folders and packages"),
        ("[tool.filprofiler]\nown = [1]\n", "own is a list of folders and packages"),
        ("[tool]\nfilprofiler = 'src'\n", "own is a list of folders and packages"),
        ("# filprofiler \xff\n", "is left out: 'utf-8' codec can't decode"),
        ("[tool.filprofiler]\n", ""),
        ("tool = 'filprofiler'", ""),
        ("[broken", ""),  # it says nothing of us
    ],
)
def test_a_broken_setting(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    write(tmp_path / "job.py", "print('done')\n")
    done = run(tmp_path, "run", "-q", "--no-browser", "job.py")
    assert done.returncode == 0 and done.stdout == "done\n"
    assert said in done.stderr and done.stderr.count("\n") == bool(said), done.stderr


def test_commands_see_a_saved_profile_as_asked(project: Path) -> None:
    """By `--own`, else as it was recorded, else by the setting."""
    old = record(project, "job.py", **environment(project))
    folder = next(project.glob("out-*/*"))

    def seen(*options: str) -> Any:
        done = run(project, *options, folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def table(*options: str) -> Any:
        row = json.loads(seen("table", "--json", *options))["rows"][0]
        return Path(row["file"]).name, row["line"], row["below"]

    assert table() == ("job.py", 2, "mylib") and table("--own", "mylib") == (
        "__init__.py",
        4,
        "other",
    )
    write(project / "pyproject.toml", '[tool.filprofiler]\nown = ["mylib"]\n')
    assert table() == ("__init__.py", 4, "other") and table("--own", "other") == ("other.py", 2, "")
    for command in ("summary", "tree"):
        assert "return other.make()" in seen(command)
    assert json.loads(seen("summary", "--json", "--own", "other"))["own_lines"][0]["line"] == 2
    assert json.loads(seen("export", "--format", "json"))["own"] == ["mylib"]
    assert "mylib/__init__.py:4" in seen("report", "-o", str(project / "again"), "--no-browser")
    assert Snapshot.load(next(project.glob("again/*/peak-memory.json"))).facts["own"] == ["mylib"]
    recorded = old.with_own(["other"])
    recorded.save(project / "recorded.json")
    folder = project / "recorded.json"
    assert table() == ("other.py", 2, "") and table("--own", "x") == ("job.py", 2, "mylib")
    empty = dict(json.loads(old.profile), nodes=[[0, 0, 0, 0, 0]], peak_bytes=0)
    write(project / "empty.json", json.dumps(empty))
    difference = json.loads(seen("diff", "--json", "--own", "other", str(project / "empty.json")))
    assert Path(difference["lines"][0]["file"]).name == "other.py"


def test_a_wrong_option(tmp_path: Path) -> None:
    for words in (["run", "--own"], ["--own", "", "run", "job.py"], ["table", "--own", ""]):
        done = run(tmp_path, *words)
        assert done.returncode == 2 and "a folder or a package" in done.stderr, done.stderr


def test_a_package_that_is_run(project: Path) -> None:
    """It is own code, and any other own code comes first."""
    packages = environment(project)
    snapshot = record(project, "-m", "mylib", **packages)
    assert first(snapshot) == "mylib/__init__.py:4 in other" and snapshot.facts["program"] == [
        "mylib"
    ]
    assert ("mylib", "own") in [row[1:] for row in snapshot.native.paths()]
    write(
        Path(packages["PYTHONPATH"], "runs/__main__.py"),
        "import runs.app, job\nkept = job.main()\n",
    )
    write(Path(packages["PYTHONPATH"], "runs/app.py"), MAKES)
    write(project / "job.py", "import runs.app\n\ndef main():\n    return runs.app.make()\n")
    assert first(record(project, "-m", "runs", **packages)) == "project/job.py:4 in runs"
    write(Path(packages["PYTHONPATH"], "space/inner/job/__init__.py"), "")
    write(
        Path(packages["PYTHONPATH"], "space/inner/job/main.py"),
        "import other\nkept = other.make()\n",
    )
    write(Path(packages["PYTHONPATH"], "space/other.py"), MAKES)
    of_a_namespace = record(project, "-mspace.inner.job.main", **packages)
    assert of_a_namespace.facts["program"] == ["space.inner.job"]
    assert first(of_a_namespace) == "job/main.py:2 in other"


def test_a_killed_program_and_one_that_runs(project: Path) -> None:
    """The black box knows what is own."""
    write(project / "job.py", "import mylib, os\nkept = mylib.load()\nos.kill(os.getpid(), 9)\n")
    out = project / "out"
    done = run(project, "-o", out, "--own", "mylib", "run", "job.py", **environment(project))
    assert done.returncode == -9
    for _ in range(200):
        if reports := list(out.glob("*/peak-memory.json")):
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert first(Snapshot.load(reports[0])) == "mylib/__init__.py:4 in other"


@pytest.mark.parametrize(
    "folder", ["site-packages/job", "dist-packages", "lib/python3.11/job", "lib64/python3.12"]
)
def test_programs_in_folders_with_odd_names(tmp_path: Path, folder: str) -> None:
    """The project's own virtual environment stays a library."""
    project = tmp_path / folder
    site = project / ".venv/lib/python3.12/site-packages"
    write(site / "other.py", MAKES)
    write(project / "helper.py", "import other\n\ndef load():\n    return other.make()\n")
    write(project / "job.py", "import helper\nkept = helper.load()\n")
    for place, name in ((project, "job.py"), (tmp_path, f"{folder}/job.py")):
        snapshot = record(place, name, PYTHONPATH=str(site))
        assert first(snapshot) == f"{project.name}/helper.py:4 in other"
    os.chdir(project)
    short.cache_clear()
    assert short(f"{project}/helper.py") == "helper.py"


def test_a_folder_of_python_is_no_program(tmp_path: Path) -> None:
    real = [os.path.dirname(os.__file__), f"{os.path.dirname(os.__file__)}/json", f"{SITE}/numpy"]
    assert ownership.misnamed(real) == []
    assert ownership.misnamed(["/home/me/job", "/home/me/python3/job"]) == []


def test_zipapps_and_folders(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", "import helper\nkept = helper.make()\n")
        archive.writestr("helper.py", MAKES)
    assert first(record(tmp_path, "app.pyz")) == "app.pyz/helper.py:2"
    write(tmp_path / "app/__main__.py", "import helper\nkept = helper.make()\n")
    write(tmp_path / "app/helper.py", MAKES)
    assert first(record(tmp_path, "app")) == "app/helper.py:2"


def test_code_in_no_file(tmp_path: Path) -> None:
    write(tmp_path / "job.py", f"text = 'x = bytearray({HELD})'\nexec(text)\n")
    assert first(record(tmp_path, "job.py")) == f"{tmp_path.name}/job.py:2 in <string>"


def test_names_are_any_bytes(project: Path) -> None:
    folder = os.fsdecode(b"caf\xe9 \xc3\xa9")
    write(project / folder / "lib/python3.9/site-packages/odd.py", MAKES)
    write(
        project / "job.py",
        "import sys\nsys.path.insert(0, sys.argv[1])\nimport odd\nkept = odd.make()\n",
    )
    path = project / folder / "lib/python3.9/site-packages"
    assert first(record(project, "job.py", path)) == "project/job.py:4 in odd"
    snapshot = record(
        project, "job.py", path, options=("--own", f"{folder}/lib/python3.9/site-packages")
    )
    assert first(snapshot) == "site-packages/odd.py:2"
    assert snapshot.facts["own"] == [f"{project}/caf\\xe9 é/lib/python3.9/site-packages"]


BACKENDS = {
    "setuptools": 'build-backend = "setuptools.build_meta"\nrequires = ["setuptools"]\n',
    "hatchling": 'build-backend = "hatchling.build"\nrequires = ["hatchling"]\n',
}
TOOL = (
    f"import sys\nfrom {{}}.data import make\n\ndef main():\n    kept = make()\n"
    f"    return len(kept) != {HELD}\n"
)


def distribution(folder: Path, name: str, backend: str, inside: str) -> Path:
    """A project with a package in the folder `inside`, and with a console script of its name."""
    write(folder / inside / name / "__init__.py", "")
    write(folder / inside / name / "data.py", MAKES)
    write(folder / inside / name / "cli.py", TOOL.format(name))
    project = (
        f'[project]\nname = "{name}-dist"\nversion = "1"\n[project.scripts]\n'
        f'{name} = "{name}.cli:main"\n'
    )
    chosen = (
        f'[tool.hatch.build.targets.wheel]\npackages = ["{inside}/{name}"]\n'
        if backend == "hatchling"
        else ""
    )
    write(folder / "pyproject.toml", f"[build-system]\n{BACKENDS[backend]}{project}{chosen}")
    return folder


class Environment:
    """A virtual environment beside ours, into which projects are installed, without a network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "env/bin/python"
        self.variables = os.environ | {
            "PYTHONPATH": os.path.dirname(os.path.dirname(ownership.__file__))
        }
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)

    def install(self, *what: str | Path) -> None:
        line: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            self.python,
            "install",
            "-q",
            "--no-index",
            "--no-deps",
            "--no-build-isolation",
        ]
        subprocess.run([*line, *what], check=True, env=self.variables, cwd=self.folder)

    def record(self, *arguments: str | Path) -> Snapshot:
        out = self.folder / f"out-{len(list(self.folder.glob('out-*')))}"
        line = [self.python, "-m", "filprofiler", "-o", out, "--no-browser", "run", *arguments]
        subprocess.run(line, check=True, env=self.variables, cwd=self.folder, capture_output=True)
        return Snapshot.load(next(out.glob("*/peak-memory.json")))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("installed"))


@pytest.mark.parametrize(
    ("backend", "inside"),
    [("setuptools", "src"), ("setuptools", "."), ("setuptools", "odd"), ("hatchling", "src")],
)
def test_editable_installs_are_own(installed: Environment, backend: str, inside: str) -> None:
    """Whether by a .pth file or by a hook of the import system."""
    name = f"edited_{backend}_{inside.replace('.', 'flat')}"
    project = distribution(installed.folder / name, name, backend, inside)
    if inside == "odd":
        where = (
            f'[tool.setuptools]\npackages = ["{name}"]\npackage-dir = {{{name} = "odd/{name}"}}\n'
        )
        write(project / "pyproject.toml", (project / "pyproject.toml").read_text() + where)
    installed.install("-e", project)
    write(installed.folder / "job.py", f"from {name}.cli import main\nmain()\n")
    for arguments in (("job.py",), ("-m", f"{name}.cli"), (installed.folder / "env/bin" / name,)):
        if arguments[0] == "-m":
            write(
                project / inside / name / "cli.py",
                TOOL.format(name) + "\nif __name__ == '__main__':\n    main()\n",
            )
        assert first(installed.record(*arguments)) == f"{name}/data.py:2"


def test_console_scripts(installed: Environment) -> None:
    """A distribution's own packages are own, of a namespace those alone that are its; other
    libraries aren't."""
    site = next((installed.folder / "env/lib").glob("python*/site-packages"))
    write(site / "helping.py", MAKES)
    for name, backend in (("tool", "setuptools"), ("hatched", "hatchling")):
        project = distribution(installed.folder / name, name, backend, "src")
        write(
            project / "src" / name / "data.py",
            "import helping\n\ndef make():\n    return helping.make()\n",
        )
        installed.install(project)
        snapshot = installed.record(installed.folder / "env/bin" / name)
        assert first(snapshot) == f"{name}/data.py:4 in helping"
        assert snapshot.facts["program"] == [str(installed.folder / "env/bin" / name), name]
    write(
        site / "space/inner/data.py", "import helping\n\ndef make():\n    return helping.make()\n"
    )
    write(
        site / "space/inner/__init__.py",
        "from space.inner.data import make\n\ndef main():\n    kept = make()\n",
    )
    info = site / "spacetool-1.dist-info"
    write(info / "METADATA", "Metadata-Version: 2.1\nName: spacetool\nVersion: 1\n")
    write(info / "entry_points.txt", "[console_scripts]\nspacetool = space.inner:main\n")
    write(
        info / "RECORD",
        "space/inner/__init__.py,,\nspace/inner/data.py,,\nspacetool-1.dist-info/RECORD,,\n",
    )
    script = installed.folder / "env/bin/spacetool"
    write(script, "import sys\nfrom space.inner import main\nsys.exit(main())\n")
    snapshot = installed.record(script)
    assert first(snapshot) == "inner/data.py:4 in helping"
    assert snapshot.facts["program"] == [str(script), "space.inner"]


def test_a_script_of_the_readers_own_is_no_console_script(installed: Environment) -> None:
    """Even in a folder `bin`, under the name of one."""
    write(installed.folder / "mine/bin/spacetool", f"kept = bytearray({HELD})\n")
    write(installed.folder / "mine/bin/other.py", f"kept = bytearray({HELD})\n")
    for name in ("spacetool", "other.py"):
        snapshot = installed.record(installed.folder / "mine/bin" / name)
        assert first(snapshot) == f"bin/{name}:1" and "program" not in snapshot.facts


def test_recordings_from_code(project: Path) -> None:
    """They know what was named, as the whole program's does."""
    packages = environment(project)
    write(
        project / "job.py",
        "import mylib\nfrom filprofiler.api import profile\nprofile(mylib.load, 'report')\n",
    )
    done = run(project, "--own", "mylib", "python", "job.py", **packages)
    assert done.returncode == 0, done.stderr
    assert (
        first(Snapshot.load(project / "report/peak-memory.json")) == "mylib/__init__.py:4 in other"
    )
