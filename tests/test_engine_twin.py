# SPDX-License-Identifier: Apache-2.0
"""Random events into the C engine and into its Python twin: the same peak, stack by stack."""

import ctypes

import pytest
from engine import address, load_driver
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import Twin

STACKS = 12
PLACES = 24


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return load_driver("engine_driver.c", tmp_path_factory.mktemp("engine"))


sizes = st.one_of(st.integers(0, 40), st.integers(1000, 1030), st.integers(0, 10**9))
events = st.lists(
    st.tuples(st.sampled_from(["allocate", "free", "move"]), st.integers(0, PLACES - 1), st.integers(0, STACKS - 1), sizes), max_size=120
)


@settings(max_examples=400, deadline=None)
@given(events)
def test_same_peak(engine: ctypes.CDLL, script: list[tuple[str, int, int, int]]) -> None:
    twin = Twin()
    assert engine.driver_start()
    for what, place, stack, size in script:
        here, there = address(place), address((place + 7) % PLACES)
        if what == "allocate" and place not in twin.blocks:
            twin.allocate(place, stack, size)
            engine.driver_allocate(here, stack, ctypes.c_size_t(size))
        elif what == "free":
            twin.free(place)
            engine.driver_free(here)
        elif what == "move" and place in twin.blocks and (place + 7) % PLACES not in twin.blocks:
            twin.reallocate(place, (place + 7) % PLACES, stack, size)
            engine.driver_reallocate(here, there, stack, ctypes.c_size_t(size))
    held = (ctypes.c_int64 * STACKS)()
    assert engine.driver_peak(held, STACKS, True) == twin.peak
    assert {i: count for i, count in enumerate(held) if count} == {i: count for i, count in twin.at_peak.items() if count}
