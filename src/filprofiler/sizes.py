# SPDX-License-Identifier: Apache-2.0
"""How sizes are read from a command line, and how they and shares are written."""

from __future__ import annotations

import re

UNITS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "kib": 2**10,
    "mb": 10**6,
    "mib": 2**20,
    "gb": 10**9,
    "gib": 2**30,
    "tb": 10**12,
    "tib": 2**40,
}
LARGEST = 2**62
MIB = 2**20
MINUS = "\N{MINUS SIGN}"


def parse_size(text: str) -> int:
    """Return the bytes that `2GiB`, `1.5GB`, `500MB`, `200MiB` or `10B` says; a number without a
    unit says nothing but 0. Raises ValueError with a sentence."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([a-z]*)", text.strip().lower(), flags=re.ASCII)
    unit = UNITS.get(match[2]) if match else None
    if not match or unit is None:
        raise ValueError(
            f"{text!r} is no size: say it as in 2GiB, 1.5GB, 200MiB or 500000B (bytes)"
        )
    size = int(match[1]) * unit if match[1].isdigit() else round(float(match[1]) * unit)
    if size > LARGEST:
        raise ValueError(f"{text!r} is more than any machine has")
    if not match[2] and float(match[1]) > 0:
        raise ValueError(f"{text!r} has no unit: say {match[1]}MiB, or {match[1]}B for bytes")
    return size


def parse_growth(text: str) -> tuple[int | None, float | None]:
    """Return (bytes, None) for a size, (None, percent) for `10%`. Raises ValueError with a
    sentence."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", text.strip(), flags=re.ASCII)
    if match:
        return None, float(match[1])
    try:
        return parse_size(text), None
    except ValueError as error:
        if "has no unit" in str(error):
            number = text.strip()
            units = f"say {number}%, {number}MiB, or {number}B for bytes"
            raise ValueError(f"{text!r} has no unit: {units}") from None
        raise ValueError(f"{text!r} is no growth: say it as in 10%, 100MiB or 1.5GB") from None


def mebibytes(size: int) -> str:
    """`76.4 MiB`; what would read 0.0 there in KiB or bytes."""
    sign, size = MINUS if size < 0 else "", abs(size)
    if size == 0:
        return "0 MiB"
    if size >= MIB / 20:
        return f"{sign}{size / MIB:,.1f} MiB"
    return f"{sign}{size / 1024:.1f} KiB" if size >= 1024 else f"{sign}{size} B"


def signed(size: int) -> str:
    """`+76.4 MiB`: a change."""
    return ("+" if size > 0 else "") + mebibytes(size)


def percent(part: float, whole: float) -> str:
    """`12.5 %`."""
    return f"{100 * part / whole if whole else 0:.1f} %"


def growth(old: int, new: int) -> str:
    """`+12.5 %`; `new` and `gone` for what wasn't there before, or is no more."""
    if old == new:
        return "0.0 %"
    if old <= 0 or new <= 0:
        return "new" if new > 0 else "gone"
    change = 100 * (new - old) / old
    return f"{'+' if change > 0 else MINUS}{abs(change):,.1f} %"


def duration(seconds: float) -> str:
    """`1.25 s`, `12.3 s`, `4 min 5 s`, `2 h 10 min`."""
    if seconds < 60:
        digits = 2 if seconds < 10 else 1
        # The decimal figure is rounded, half up, as the page does it: 6.895 has no exact double.
        step = 10 ** (6 - digits)
        return f"{(round(seconds * 10**6) + step // 2) // step / 10**digits:.{digits}f} s"
    minutes = int(seconds // 60)
    return (
        f"{minutes} min {int(seconds % 60)} s"
        if minutes < 60
        else f"{minutes // 60} h {minutes % 60} min"
    )
