# SPDX-License-Identifier: Apache-2.0
"""Whose code a file is, by where it lies and by what is named."""

import json
import os
from pathlib import Path

import pytest

from filprofiler import Snapshot, ownership

SITE = "/opt/lib/python3.12/site-packages"


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


def test_a_folder_of_python_is_no_program() -> None:
    real = [os.path.dirname(os.__file__), f"{os.path.dirname(os.__file__)}/json", f"{SITE}/numpy"]
    assert ownership.misnamed(real) == []
    assert ownership.misnamed(["/home/me/job", "/home/me/python3/job"]) == []
