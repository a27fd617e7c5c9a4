# SPDX-License-Identifier: Apache-2.0
"""Random events into the C engine and into its Python twin: the same peak, stack by stack."""

import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine import address, load_driver
from support.twin import MappingTwin, SharedTwin, Twin

STACKS = 12
PLACES = 24


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return load_driver("engine_driver.c", tmp_path_factory.mktemp("engine"))


sizes = st.one_of(st.integers(0, 40), st.integers(1000, 1030), st.integers(0, 10**9))
events = st.lists(
    st.tuples(
        st.sampled_from(["allocate", "free", "move"]),
        st.integers(0, PLACES - 1),
        st.integers(0, STACKS - 1),
        sizes,
    ),
    max_size=120,
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
    assert {i: count for i, count in enumerate(held) if count} == {
        i: count for i, count in twin.at_peak.items() if count
    }


PAGE, BASE = MappingTwin.PAGE, 0x20000000
pages = st.integers(0, 30)
lengths = st.one_of(st.integers(1, 12).map(lambda count: count * PAGE), st.integers(1, 12 * PAGE))
mapping_events = st.lists(
    st.tuples(
        st.sampled_from(["map", "map", "unmap", "remap", "keep"]),
        pages,
        lengths,
        pages,
        lengths,
        st.integers(1, STACKS - 1),
    ),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(mapping_events)
def test_same_peak_of_mappings(
    engine: ctypes.CDLL, script: list[tuple[str, int, int, int, int, int]]
) -> None:
    """Mapped, mapped over, unmapped and remapped, whole and in parts: heads, tails and holes come
    by themselves."""
    twin = MappingTwin()
    assert engine.driver_start()
    for what, page, size, other, other_size, stack in script:
        start, target = BASE + page * PAGE, BASE + other * PAGE
        if what == "map":
            twin.map(start, stack, size)
            engine.driver_map(ctypes.c_size_t(start), stack, ctypes.c_size_t(size))
        elif what == "unmap":
            twin.unmap(start, size)
            engine.driver_unmap(ctypes.c_size_t(start), ctypes.c_size_t(size))
        elif (
            start + size <= target
            or target + other_size <= start
            or (what == "remap" and start == target)
        ):  # the system wants no overlap
            twin.remap(start, size, target, stack, other_size, what == "keep")
            old, new = ctypes.c_size_t(start), ctypes.c_size_t(target)
            engine.driver_remap(
                old, ctypes.c_size_t(size), new, stack, ctypes.c_size_t(other_size), what == "keep"
            )
    held = (ctypes.c_int64 * STACKS)()
    assert engine.driver_peak(held, STACKS, True) == twin.peak
    assert {i: count for i, count in enumerate(held) if count} == {
        i: count for i, count in twin.at_peak.items() if count
    }


shared_events = st.lists(
    st.tuples(
        st.sampled_from(["map", "map", "unmap", "remap", "keep"]),
        pages,
        st.integers(0, 12),
        st.integers(1, 3),
        st.integers(0, 20),
        pages,
        st.integers(1, 12),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(shared_events)
def test_shared_memory_counts_once(
    engine: ctypes.CDLL, script: list[tuple[str, int, int, int, int, int, int]]
) -> None:
    """Mapped, unmapped and remapped, whole and in parts; mremap of 0 bytes maps what is there once
    more."""
    twin = SharedTwin()
    assert engine.driver_start()
    for what, page, count, memory, offset, other, other_count in script:
        start, size, target = BASE + page * PAGE, ctypes.c_size_t(count * PAGE), BASE + other * PAGE
        if what == "map" and count:
            twin.map(page, count, memory, offset)
            engine.driver_share(
                ctypes.c_size_t(start),
                memory,
                size,
                ctypes.c_uint64(memory),
                ctypes.c_uint64(offset * PAGE),
            )
        elif what == "unmap" and count:
            twin.unmap(page, count)
            engine.driver_unmap(ctypes.c_size_t(start), size)
        elif (
            what in ("remap", "keep")
            and page in twin.pages
            and (page + max(count, 1) <= other or other + other_count <= page)
        ):
            twin.remap(page, count, other, other_count, what == "keep")
            new_size = ctypes.c_size_t(other_count * PAGE)
            engine.driver_remap(
                ctypes.c_size_t(start),
                size,
                ctypes.c_size_t(target),
                STACKS - 1,
                new_size,
                what == "keep",
            )
    held = (ctypes.c_int64 * STACKS)()
    assert engine.driver_peak(held, STACKS, True) == twin.peak * PAGE
    assert sum(held) == twin.peak * PAGE
