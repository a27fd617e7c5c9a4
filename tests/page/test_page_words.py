# SPDX-License-Identifier: Apache-2.0
"""Sizes, shares and times read the same on the page, in real Chromium, as on the terminal."""

import random
from typing import Any

from support.pages import SMALL, Page, page_fixture

from filprofiler import sizes

small = page_fixture(SMALL)
KIB, MIB = 1 << 10, 1 << 20


def some_sizes() -> list[int]:
    """All that is near a limit or right between two figures, and a thousand others."""
    chance = random.Random(7)
    limits = [0, 1, 2, 999, KIB, 51 * KIB, MIB // 20, MIB, 999 * MIB, 1000 * MIB, 1 << 40, 1 << 50]
    near = [limit + step for limit in limits for step in (-1, 0, 1) if limit + step >= 0]
    between = [step * MIB // 8 for step in range(1, 99)]
    between += [step * KIB // 8 for step in range(8, 999)]
    return near + between + [int(2 ** chance.uniform(0, 50)) for _ in range(1000)]


def on_the_page(page: Page, function: str, arguments: list[Any]) -> list[str]:
    call = f"all => all.map((one) => fil.{function}(...one))"
    found: list[str] = page.tab.evaluate(call, arguments)
    return found


def test_sizes(small: Page) -> None:
    both = [*some_sizes(), *(-size for size in some_sizes())]
    given = [[size] for size in both]
    assert on_the_page(small, "mebibytes", given) == [sizes.mebibytes(size) for size in both]
    assert on_the_page(small, "signed", given) == [sizes.signed(size) for size in both]


def test_shares_and_growth(small: Page) -> None:
    chance = random.Random(8)
    parts, wholes = (0, 1, 2, 7, 250, 20_000), (1, 7, 800, 1000, 16384)
    pairs = [[part, whole] for whole in wholes for part in parts]
    pairs += [[part, 8000] for part in range(1000)]  # each tenth is right between two figures
    pairs += [[int(2 ** chance.uniform(0, 40)) for _ in range(2)] for _ in range(1000)]
    pairs += [[5, 0], [0, 0], [-5, 100]]
    assert on_the_page(small, "percent", pairs) == [sizes.percent(*pair) for pair in pairs]
    assert on_the_page(small, "growth", pairs) == [sizes.growth(*pair) for pair in pairs]


def test_times(small: Page) -> None:
    chance = random.Random(9)
    times = [0, 0.125, 0.375, 9.994, 9.995, 10, 12.25, 12.35, 12.75, 59.94, 59.96]
    times += [60, 61.5, 3599, 3600, 90061]
    times += [chance.uniform(0, 200) for _ in range(500)]
    shown = on_the_page(small, "seconds", [[time] for time in times])
    assert shown == [sizes.duration(time) for time in times]
