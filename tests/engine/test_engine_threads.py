# SPDX-License-Identifier: Apache-2.0
"""Random events in several threads: the engine's peak and stacks are a real moment's, but for the
error that it states."""

import ctypes
import threading
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.engine import Apart, address
from support.twin import Twin

STACKS, PLACES, THREADS = 8, 12, 4
ORDERS = {"allocate": 0, "free": 1, "move": 2}
PROBE = STACKS - 1  # the stack of blocks that make a known moment the peak


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    driver = Apart("engine_threads.c", tmp_path_factory.mktemp("engine"))
    yield driver
    driver.end()


def peak(engine: Apart, stop: bool) -> tuple[int, list[int], int]:
    """The peak, what each stack held at it, and the bound that the engine states for both."""
    held = (ctypes.c_int64 * STACKS)()
    total = engine.driver_peak(held, STACKS, stop)
    return total, list(held), engine.driver_bound()


# Small ones that are batched, those of a batch's size (8 KiB, twice of it), and large ones.
sizes = st.one_of(st.integers(0, 600), st.integers(7000, 18_000), st.integers(0, 10**6))
event = st.tuples(
    st.sampled_from(["allocate", "allocate", "free", "move", "end"]),
    st.integers(0, THREADS - 1),
    st.integers(0, PLACES - 1),
    st.integers(1, STACKS - 1),
    sizes,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(event, max_size=150))
@example(
    [
        (what, thread, thread, 1 + thread, 8000)
        for what in ("allocate", "free")
        for thread in range(THREADS)
    ]
)
@example(  # the total falls below nothing: what is freed in thread 2 is still thread 1's batch
    [
        ("allocate", 0, 0, 1, 10**6),
        ("allocate", 1, 1, 1, 8000),
        ("free", 2, 1, 1, 0),
        ("allocate", 2, 2, 1, 600),
        ("free", 0, 0, 1, 0),
    ]
)
def test_threads_that_take_turns(
    engine: Apart, script: list[tuple[str, int, int, int, int]]
) -> None:
    twin = Twin()
    moments = [(0, [0] * STACKS)]
    assert engine.driver_start()
    for what, thread, place, stack, size in script:
        other = (place + 5) % PLACES
        if what == "end":
            engine.driver_end_thread(thread)
            continue
        if what == "allocate" and place not in twin.blocks:
            twin.allocate(place, stack, size)
        elif what == "free" and place in twin.blocks:
            twin.free(place)
        elif what == "move" and place in twin.blocks and other not in twin.blocks:
            twin.reallocate(place, other, stack, size)
        else:
            continue
        engine.driver_on_thread(
            thread, ORDERS[what], address(place), address(other), stack, ctypes.c_size_t(size)
        )
        held = [
            sum(size for owner, size in twin.blocks.values() if owner == stack)
            for stack in range(STACKS)
        ]
        moments.append((twin.total, held))
    total, held, bound = peak(engine, True)
    assert abs(total - twin.peak) <= bound
    assert any(
        abs(total - exact) <= bound
        and all(abs(a - b) <= bound for a, b in zip(held, stacks, strict=True))
        for exact, stacks in moments
    ), (total, held, bound)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 8), st.integers(1, 4))
def test_threads_side_by_side(engine: Apart, seed: int, threads: int, storms: int) -> None:
    """After each storm a block larger than all the rest makes that moment the peak, of which
    everything is known."""
    assert engine.driver_start()
    exact = (ctypes.c_int64 * STACKS)()
    for storm in range(storms):
        engine.driver_storm(
            1, 4000, PROBE, ctypes.c_uint64(seed), storm == 0, exact
        )  # alone for a while: it becomes the exclusive writer
        engine.driver_storm(threads, 4000, PROBE, ctypes.c_uint64(seed + storm), False, exact)
        probe = 10**10 * (storm + 1)
        engine.driver_allocate(address(0), PROBE, ctypes.c_size_t(probe))
        total, held, bound = peak(engine, False)
        engine.driver_free(address(0))
        assert abs(total - probe - sum(exact)) <= bound
        for stack in range(PROBE):
            assert abs(held[stack] - exact[stack]) <= bound, stack
        assert held[PROBE] == probe
    engine.driver_peak((ctypes.c_int64 * 1)(), 1, True)


def test_snapshots_in_a_storm(engine: Apart) -> None:
    """Whenever it is looked at, the stacks together are the peak, and the peak never falls."""
    assert engine.driver_start()
    exact = (ctypes.c_int64 * STACKS)()
    storm = threading.Thread(
        target=engine.driver_storm, args=(4, 100_000, STACKS, ctypes.c_uint64(5), True, exact)
    )
    engine.driver_pause_checks(1)  # the storm pauses them itself, but only once it runs
    storm.start()
    last, seen = 0, 0
    while storm.is_alive():
        total, held, bound = peak(engine, False)
        assert total >= last - bound
        assert abs(total - sum(held)) <= bound
        last, seen = total, seen + 1
    storm.join()
    engine.driver_pause_checks(-1)
    assert seen
    assert engine.driver_peak(exact, STACKS, True) >= last
