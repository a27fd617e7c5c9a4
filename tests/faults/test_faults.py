# SPDX-License-Identifier: Apache-2.0
"""The fault suite: it never changes the program, whatever happens. Each public function of
tests/faults/programs/*.py is a case: a small program, run plain and under `fil-profile run`, with
everything compared that it or its user could notice (pairs.py, surroundings.py).

What a case prints and how it ends plain stands at the end of its docstring, as `prints: TEXT` (` /
` for a new line) and `ends: CODE` (-N for a signal; 0 when it isn't said). Where the plain run
isn't like that, nothing can be compared, and the case is skipped with that reason. `report: none`:
the program can have none. `needs: WHAT`: root, or a library's file name."""

import ast
import contextlib
import ctypes.util
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.pairs import Ending, check_report, check_same, run_pair
from support.running import REPOSITORY

PROGRAMS = REPOSITORY / "tests/faults/programs"
LOADED = (
    "allocators",
    "depths",
    "signals",
)  # also run under `fil-profile python`: what the shim does at all times matters to them


@dataclass
class Case:
    """One program and what is expected of its plain run."""

    file: Path
    name: str
    prints: bytes
    ends: int
    has_report: bool
    needs: str | None

    def why_not(self, plain: Ending) -> str | None:
        """Why the plain run isn't as expected, or None."""
        if plain.returncode != self.ends:
            return (
                f"plain, it ends with {plain.returncode}, not {self.ends}: "
                f"{plain.stderr.decode(errors='replace')[-300:]}"
            )
        if plain.stdout != self.prints:
            return f"plain, it prints {plain.stdout!r}, not {self.prints!r}"
        return None


def field(text: str, name: str) -> str | None:
    """What the docstring says behind `name: `."""
    found = re.search(rf"^ *{name}: (.*)$", text, re.MULTILINE)
    return found[1] if found else None


def cases() -> Iterator[Case]:
    """Every public function of the programs."""
    for file in sorted(PROGRAMS.glob("*.py")):
        for part in ast.parse(file.read_text()).body:
            if (
                file.name in ("surroundings.py", "probe.py", "started.py")
                or not isinstance(part, ast.FunctionDef)
                or part.name.startswith("_")
            ):
                continue
            text = ast.get_docstring(part) or ""
            prints = "".join(
                line + "\n" for line in (field(text, "prints") or "").split(" / ") if line
            )
            ends, report = int(field(text, "ends") or 0), field(text, "report") != "none"
            yield Case(file, part.name, prints.encode(), ends, report, field(text, "needs"))


def is_missing(need: str) -> bool:
    """Whether this machine has not what the case needs."""
    return os.geteuid() != 0 if need == "root" else not ctypes.util.find_library(need)


@contextlib.contextmanager
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder to which everybody has a way; tests' own are root's alone."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix=f"{tmp_path.name[:20]}-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.file.stem}-{case.name}") for case in cases()]
)
def test_the_same(case: Case, tmp_path: Path, fault_environment: dict[str, str]) -> None:
    if case.needs and is_missing(case.needs):
        pytest.skip(f"this machine has no {case.needs}")
    with (
        open_folder(tmp_path)
        if case.needs == "root"
        else contextlib.nullcontext(tmp_path) as folder
    ):
        profiled = check(case, "run", folder, fault_environment)
        if case.has_report:
            check_report(profiled)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{case.file.stem}-{case.name}")
        for case in cases()
        if case.file.stem in LOADED
    ],
)
def test_the_same_where_we_are_only_loaded(
    case: Case, tmp_path: Path, fault_environment: dict[str, str]
) -> None:
    assert not check(case, "python", tmp_path, fault_environment).reports


def check(case: Case, command: str, folder: Path, environment: dict[str, str]) -> Ending:
    plain, profiled = run_pair([case.file, case.name], folder, command=command, env=environment)
    reason = case.why_not(plain)
    if reason:
        pytest.skip(reason)
    check_same(plain, profiled)
    return profiled


DIFFERENT = {
    "output": "print(profiled)",
    "stderr": "print(profiled, file=sys.stderr)",
    "exit code": "sys.exit(3 + profiled)",
    "signal": "os.kill(os.getpid(), 15) if profiled else None",
    "files": "open('file', 'w').write(str(profiled))",
    "rights": "open('file', 'w').close(); os.chmod('file', 0o600 + profiled)",
    "descriptors": "os.dup(2) if profiled else None\nimport surroundings\n"
    "surroundings.write('seen', surroundings.seen())",
    "environment": "os.environ['X'] = str(profiled)\nimport surroundings\n"
    "surroundings.write('seen', surroundings.seen())",
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_a_difference_is_seen(what: str, tmp_path: Path, fault_environment: dict[str, str]) -> None:
    """Programs that notice us, because they want to."""
    knows = "with open('/proc/self/maps') as maps: profiled = 'libfilshim' in maps.read()\n"
    (tmp_path / "program.py").write_text(
        f"import os, sys\nsys.path.append({str(PROGRAMS)!r})\n{knows}{DIFFERENT[what]}\n"
    )
    plain, profiled = run_pair([tmp_path / "program.py"], tmp_path, env=fault_environment)
    with pytest.raises(AssertionError):
        check_same(plain, profiled)
