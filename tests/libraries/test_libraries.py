# SPDX-License-Identifier: Apache-2.0
"""Real libraries with allocators and threads of their own: the figure at the line that called them,
against the truth.

Each victim holds a known amount at the line it marks `# held`. The truth comes from a run without
the profiler: what the library says that it holds, or, where it doesn't, by how much resident memory
grew. `./dev test-libraries` installs the pinned versions and runs this file; plain `./dev test`
doesn't."""

import importlib.metadata
import importlib.util
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.held import TOLERANCE, VICTIMS, held_line
from support.running import REPOSITORY, run_plain, run_profiled

PAGE = REPOSITORY / "docs/libraries.md"
LEAST = 50_000_000  # bytes: a victim that holds less shows little


@dataclass(frozen=True)
class Row:
    """A victim, how it is called, and what is worth knowing about it."""

    library: str  # the distribution's name
    victim: str
    remark: str
    pool: str = ""  # of pyarrow
    # its allocator keeps what the call freed: that is resident and counts, whatever the library
    # says
    keeps: bool = False

    @property
    def name(self) -> str:
        return f"{self.victim}-{self.pool}" if self.pool else self.victim

    def missing(self) -> str:
        """Why it can't be run here, or an empty string."""
        if self.library == "torch" and importlib.util.find_spec("torch") is None:
            return "torch can't be had here: pip found no version for this Python and machine"
        if self.pool:
            import pyarrow

            if self.pool not in pyarrow.supported_memory_backends():
                return f"this pyarrow is built without {self.pool}"
        return ""


POOLS = {"system": "malloc", "mimalloc": "one arena of 1 GiB", "jemalloc": "a mapping an extent"}
ROWS = [
    Row("numpy", "numpy_ones", "malloc, calling thread"),
    Row("pandas", "pandas_read_csv", "NumPy blocks, calling thread"),
    Row("pandas", "pandas_read_csv_arrow", "Arrow's default pool, Arrow's threads"),
    Row("pandas", "pandas_strings", "Arrow's default pool, calling thread"),
    Row("pandas", "pandas_group_by", "NumPy blocks, calling thread"),
    *(
        Row("pyarrow", "pyarrow_cast", f"{how}, calling thread", pool)
        for pool, how in POOLS.items()
    ),
    *(
        Row(
            "pyarrow", "pyarrow_read_csv", f"{how}, Arrow's threads", pool, keeps=pool == "mimalloc"
        )
        for pool, how in POOLS.items()
    ),
    *(
        Row("pyarrow", "pyarrow_group_by", f"{how}, Arrow's threads", pool)
        for pool, how in POOLS.items()
    ),
    Row("polars", "polars_cast", "its jemalloc, calling thread"),
    Row("polars", "polars_select", "its jemalloc, its threads"),
    Row(
        "polars", "polars_again", "the same after it was done once: its jemalloc has given all back"
    ),
    Row("polars", "polars_read_csv", "its jemalloc, its threads"),
    Row("polars", "polars_group_by", "its jemalloc, its threads"),
    Row("polars", "polars_two_threads", "two Python threads call it at once"),
    Row("duckdb", "duckdb_table", "its jemalloc, one of its threads or the calling one"),
    Row("duckdb", "duckdb_fetch", "NumPy's malloc, calling thread; its jemalloc meanwhile"),
    Row("scipy", "scipy_sparse", "NumPy blocks, calling thread"),
    Row("scikit-learn", "sklearn_features", "NumPy blocks, calling thread"),
    Row("scikit-learn", "sklearn_tree", "NumPy blocks made by Cython code"),
    Row("lightgbm", "lightgbm_dataset", "C++ new, OpenMP held to one thread"),
    Row("h5py", "h5py_core", "malloc and realloc in HDF5"),
    Row("pillow", "pillow_image", "malloc in many blocks"),
    Row(
        "lxml",
        "lxml_tree",
        "small blocks of libxml2; malloc's own overhead is resident, not tracked",
    ),
    Row("torch", "torch_tensor", "posix_memalign, calling thread"),
    Row("torch", "torch_gradients", "posix_memalign, autograd on the calling thread"),
]


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The table of docs/libraries.md, printed when all rows have run; with FIL_RECORD_LIBRARIES=1
    written there, too."""
    lines = [
        "| library | version | victim | truth, MB | tracked, MB | ratio | remarks |",
        "|---|---|---|---|---|---|---|",
    ]
    yield lines
    if os.environ.get("FIL_RECORD_LIBRARIES") == "1":
        text = PAGE.read_text()
        PAGE.write_text(
            re.sub(r"\| library \|.*?(?=\n\n)", lambda _: "\n".join(lines), text, flags=re.DOTALL)
        )
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("", *lines, sep="\n")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_library(row: Row, table: list[str], tmp_path: Path) -> None:
    if reason := row.missing():
        pytest.skip(reason)
    victim = VICTIMS / f"{row.victim}.py"
    call = [str(victim), row.pool] if row.pool else [str(victim)]
    plain, profiled = run_plain(call), run_profiled(call, tmp_path / "out")
    assert plain.returncode == 0, plain.stderr
    assert (profiled.returncode, profiled.program_stderr) == (0, plain.stderr)
    said = json.loads(plain.stdout)
    truth = said["growth" if row.keeps else "truth"]
    assert truth >= LEAST

    frame = f"{victim.name}:{held_line(victim)} "
    at_line = sum(
        count
        for stack, count in profiled.stacks
        if any(part.startswith(frame) for part in stack.split(";"))
    )
    ratio = at_line / truth
    source = "" if said["says"] and not row.keeps else "; truth: growth of resident memory"
    version = importlib.metadata.version(row.library)
    table.append(
        f"| {row.library} | {version} | {row.name} | {truth / 1e6:.1f} | {at_line / 1e6:.1f} | "
        f"{ratio:.3f} | {row.remark}{source} |"
    )
    found = f"{at_line:,} bytes at {frame}of {truth:,}; resident memory grew by {said['growth']:,}"
    assert abs(ratio - 1) <= TOLERANCE, (
        f"{found}; by line: {lines_of(profiled.stacks, victim.name)}"
    )


def lines_of(stacks: list[tuple[str, int]], script: str) -> dict[str, int]:
    """The bytes by the script's own line: where a figure went that isn't where it should be."""
    lines: Counter[str] = Counter()
    for stack, count in stacks:
        lines[
            next((part for part in stack.split(";") if part.startswith(script)), "elsewhere")
        ] += count
    return dict(lines.most_common(6))
