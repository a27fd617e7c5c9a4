# SPDX-License-Identifier: Apache-2.0
"""A virtual environment for each tool, below build/bench/PYTHON: one of the peers has our import
name.

The libraries that workloads import are installed once, in an environment of their own that all
others see by a .pth file."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
ROOT = REPOSITORY / "build/bench" / f"python{sys.version_info.major}.{sys.version_info.minor}"
PINS = Path(__file__).parent / "requirements.txt"
SITE = Path(__file__).parent / "fil_bench_site.py"
PIP = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary"]


class Missing(Exception):
    """A tool can't be had for this interpreter; the message says why, in one line."""


def python_of(name: str) -> Path:
    """Return the interpreter of an environment."""
    return ROOT / name / "bin/python"


def _site_packages(name: str) -> Path:
    return Path(sysconfig.get_path("purelib", vars={"base": str(ROOT / name)}))


def _pip(name: str, *what: str) -> None:
    done = subprocess.run([python_of(name), *PIP, *what], capture_output=True, text=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")] or [
            done.stderr.strip()[-200:]
        ]
        raise Missing(errors[-1].removeprefix("ERROR: "))


def _stamped(name: str, text: str) -> bool:
    stamp = ROOT / name / "stamp"
    return stamp.exists() and stamp.read_text() == text


def _create(name: str) -> None:
    shutil.rmtree(ROOT / name, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", ROOT / name], check=True)


def make_libraries(with_torch: bool) -> None:
    """Install what the workloads import. Raises Missing."""
    text = PINS.read_text() + ("torch\n" if with_torch else "")
    if _stamped("libraries", text) or (not with_torch and _stamped("libraries", text + "torch\n")):
        return
    if not python_of("libraries").exists():
        _create("libraries")
    _pip("libraries", "-r", str(PINS), *(["torch"] if with_torch else []))
    (ROOT / "libraries/stamp").write_text(text)


def make(name: str, requirements: tuple[str, ...]) -> None:
    """Make the environment of a tool; nothing is done where it is there already. Raises Missing."""
    text = "\n".join([*requirements, SITE.read_text()])
    if _stamped(name, text):
        return
    _create(name)
    if requirements:
        # One version of numpy and its kin for all: what a tool needs itself would else come before
        # the shared one.
        _pip(name, "-c", str(PINS), *requirements)
    (_site_packages(name) / "libraries.pth").write_text(
        f"{_site_packages('libraries')}\nimport fil_bench_site\n"
    )
    shutil.copy(SITE, _site_packages(name))
    (ROOT / name / "stamp").write_text(text)


def add(name: str, requirements: str) -> None:
    """Install a file of requirements into an environment that is there already. Raises Missing."""
    _pip(name, "-r", requirements)


def our_wheel() -> str:
    """Build the wheel of this checkout, unless it is as it was; its path. `./dev setup` left a sum
    of the sources."""
    folder, sources = ROOT / "wheel", (REPOSITORY / ".venv/stamp-build").read_text()
    built = folder / sources.split()[0]
    if not built.exists():
        shutil.rmtree(folder, ignore_errors=True)
        line = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--disable-pip-version-check",
            "--no-build-isolation",
            "--no-deps",
        ]
        subprocess.run([*line, "-w", str(built), str(REPOSITORY)], check=True)
    return str(next(built.glob("*.whl")))
