# SPDX-License-Identifier: Apache-2.0
"""The engine's twins, to be read in a minute: a dict of what is held, a total, and the stacks'
bytes at the first greatest total."""

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


class MappingTwin(Twin):
    """The same for mappings: each page is held by the stack that mapped it last. A mapping counts
    the bytes asked for, so its last page may count for less. A page of size 0 is one that counts
    only when it is touched, which made-up ones never are."""

    PAGE = 4096

    def map(self, start: int, stack: int, size: int) -> None:
        """Whatever lay there is replaced in the same instant."""
        self._drop(start, size)
        for at in range(start, start + size, self.PAGE):
            self._put(at, stack, min(self.PAGE, start + size - at))
        self._look()

    def unmap(self, start: int, size: int) -> None:
        self._drop(start, size)

    def remap(
        self, old: int, old_size: int, new: int, stack: int, size: int, keeps_old: bool
    ) -> None:
        """mremap: what was mapped there goes elsewhere, or grows, or shrinks, and is the remapping
        stack's from now on. With DONTUNMAP the old pages stay mapped, and empty."""
        known = self.blocks.get(old)
        self._empty(old, old_size) if keeps_old else self._drop(old, old_size)
        self._drop(new, size)
        if known and known[1]:
            self.map(new, stack, size)
        elif known:
            for at in range(new, new + size, self.PAGE):
                self._put(at, stack, 0)

    def _empty(self, start: int, size: int) -> None:
        for at in range(start, start + size, self.PAGE):
            if at in self.blocks:
                stack = self.blocks[at][0]
                self._take(at)
                self._put(at, stack, 0)

    def _drop(self, start: int, size: int) -> None:
        for at in range(start, start + size, self.PAGE):
            self._take(at)


class SharedTwin:
    """Shared memory counts once, however often it is mapped: only the totals are promised here, not
    whose they are."""

    def __init__(self) -> None:
        self.pages: dict[
            int, tuple[int, int]
        ] = {}  # page of the address space => (memory, page of it)
        self.peak = 0

    def map(self, page: int, count: int, memory: int, offset: int) -> None:
        self.unmap(page, count)
        self.pages |= {page + i: (memory, offset + i) for i in range(count)}
        self.peak = max(self.peak, len(set(self.pages.values())))

    def remap(self, old: int, old_count: int, new: int, count: int, keeps_old: bool) -> None:
        """mremap. With DONTUNMAP, and when `old_count` is 0, the same memory is mapped at both
        places afterwards."""
        known = self.pages.get(old)
        if not keeps_old:
            self.unmap(old, old_count)
        self.unmap(new, count)
        if known:
            self.map(new, count, *known)

    def unmap(self, page: int, count: int) -> None:
        for at in range(page, page + count):
            self.pages.pop(at, None)
