# SPDX-License-Identifier: Apache-2.0
"""The engine's twin, to be read in a minute: a dict of live blocks, a total, and the stacks' bytes at the first greatest total."""

from collections import Counter


class Twin:
    """What the engine must say after the same events."""

    def __init__(self) -> None:
        self.blocks: dict[int, tuple[int, int]] = {}  # address => (stack, bytes)
        self.total = 0
        self.peak = 0
        self.at_peak: Counter[int] = Counter()  # stack => bytes

    def allocate(self, address: int, stack: int, size: int) -> None:
        self._put(address, stack, size)
        self._look()

    def free(self, address: int) -> None:
        self._take(address)

    def reallocate(self, old: int, new: int, stack: int, size: int) -> None:
        """One event: the old block leaves in the instant in which the new one comes."""
        self._take(old)
        self._put(new, stack, size)
        self._look()

    def _put(self, address: int, stack: int, size: int) -> None:
        self.blocks[address] = (stack, size)
        self.total += size

    def _take(self, address: int) -> None:
        self.total -= self.blocks.pop(address, (0, 0))[1]

    def _look(self) -> None:
        if self.total > self.peak:
            self.peak = self.total
            self.at_peak = Counter()
            for stack, size in self.blocks.values():
                self.at_peak[stack] += size
