# SPDX-License-Identifier: Apache-2.0
"""Own code that is installed: editable installs, console scripts, and scripts beside them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.owned import HELD, MAKES, first, write

from filprofiler import Snapshot, ownership

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
