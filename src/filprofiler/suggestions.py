# SPDX-License-Identifier: Apache-2.0
"""What may have been meant by a word that was mistyped."""

from __future__ import annotations

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[object], otherwise: str = "") -> str:
    """Return `: did you mean '--sort'?` where a known word is like it, else `otherwise`."""
    from difflib import get_close_matches

    words = {str(one).lstrip("-"): str(one) for one in known}  # options are alike in their dashes
    meant = get_close_matches(word.lstrip("-"), words, 1)
    return f": did you mean {words[meant[0]]!r}?" if meant else otherwise
