# SPDX-License-Identifier: Apache-2.0
"""The periods of the timeline against a twin in Python that remembers every figure and its time."""

import ctypes
import subprocess
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.running import REPOSITORY

MOST, FIRST_NS = 2048, 8_000_000


class Periods(ctypes.Structure):
    """`struct fil_periods` (filext/engine/periods.h)."""

    _fields_ = (
        ("length_ns", ctypes.c_int64),
        ("count", ctypes.c_uint32),
        ("most", ctypes.c_int64 * MOST),
    )


@dataclass
class Twin:
    """What was noted: (nanoseconds since the start, figure). A clock that goes back is one that
    stands still."""

    carries: bool  # whether a figure stands until the next one, else nothing is known between them
    notes: list[tuple[int, int]] = field(default_factory=list)

    def note(self, time: int, figure: int) -> None:
        self.notes.append((max(time, self.notes[-1][0] if self.notes else 0), figure))

    def length(self) -> int:
        """The shortest that has room for the last note."""
        length = FIRST_NS
        while self.notes[-1][0] // length >= MOST:
            length *= 2
        return length

    def periods(self, length: int) -> list[int]:
        most = [0] * (self.notes[-1][0] // length + 1)
        before, standing = 0, 0
        for time, figure in self.notes:
            for period in range(before // length + 1, time // length + 1):
                most[period] = standing
            most[time // length] = max(most[time // length], figure)
            before, standing = time, figure if self.carries else 0
        return most


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    library = tmp_path_factory.mktemp("periods") / "periods.so"
    source = REPOSITORY / "filext/engine/periods.c"
    line = ["cc", "-std=gnu11", "-O1", "-fsanitize=undefined", "-fno-sanitize-recover"]
    subprocess.run([*line, "-shared", "-fPIC", source, "-o", library], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.fil_periods_align.restype = loaded.fil_periods_reach.restype = ctypes.c_bool
    return loaded


gaps = st.one_of(
    st.integers(-5_000_000, 30_000_000), st.integers(0, 10**10), st.integers(0, 10**12)
)
scripts = st.lists(st.tuples(gaps, st.integers(0, 10**12)), min_size=1, max_size=60)


def noted(
    engine: ctypes.CDLL, script: list[tuple[int, int]], carries: bool
) -> tuple[Periods, Twin]:
    periods, twin, time, last = Periods(), Twin(carries), 0, 0
    engine.fil_periods_clear(ctypes.byref(periods))
    for gap, figure in script:
        time = max(0, time + gap)
        meanwhile = ctypes.c_int64(last if carries else 0)
        engine.fil_periods_reach(ctypes.byref(periods), ctypes.c_int64(time), meanwhile)
        engine.fil_periods_raise(ctypes.byref(periods), ctypes.c_int64(figure))
        twin.note(time, figure)
        last = figure
    return periods, twin


@settings(max_examples=200, deadline=None)
@given(scripts, st.booleans())
def test_each_period_has_the_most(
    engine: ctypes.CDLL, script: list[tuple[int, int]], carries: bool
) -> None:
    periods, twin = noted(engine, script, carries)
    assert periods.length_ns == twin.length()
    assert list(periods.most[: periods.count]) == twin.periods(twin.length())


@settings(max_examples=200, deadline=None)
@given(scripts, scripts)
def test_two_series_get_the_same_periods(
    engine: ctypes.CDLL, one_script: list[tuple[int, int]], other_script: list[tuple[int, int]]
) -> None:
    """The longer ones of the two; the shorter series merges its own and loses none of them."""
    one, one_twin = noted(engine, one_script, False)
    other, other_twin = noted(engine, other_script, False)
    assert engine.fil_periods_align(ctypes.byref(one), ctypes.byref(other))
    length = max(one_twin.length(), other_twin.length())
    assert one.length_ns == other.length_ns == length
    for periods, twin in ((one, one_twin), (other, other_twin)):
        assert list(periods.most[: periods.count]) == twin.periods(length)


def test_damaged_lengths_are_told(engine: ctypes.CDLL) -> None:
    one, other = Periods(length_ns=5), Periods(length_ns=7)
    assert not engine.fil_periods_align(ctypes.byref(one), ctypes.byref(other))
