# SPDX-License-Identifier: Apache-2.0
"""What a profile says: typed accessors of a `_filext.Profile`, which is read once and never
changes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from filprofiler import _filext, privacy
from filprofiler.frames import IMPORT_FILE, Frame, Line, MappedFile, Stack

if TYPE_CHECKING:
    from typing import Self


def own_untouched(nodes: list[_filext.Node]) -> list[int]:
    """Return how many of each node's own bytes were never touched."""
    own = [node[8] for node in nodes]
    for node in nodes[1:]:
        own[node[0]] -= node[8]
    return own


class Profile:
    """What a recording held at one moment. Takes a profile as JSON bytes; ValueError when it
    isn't one."""

    of_the_whole_run = False  # taken under `fil-profile run`: of the program from its start

    def __init__(self, profile: bytes | _filext.Profile) -> None:
        self._profile = (
            profile if isinstance(profile, _filext.Profile) else _filext.read_profile(profile)
        )

    def __repr__(self) -> str:
        moment = "at the end" if self.is_at_end else "peak"
        return f"<filprofiler.Snapshot: {moment} {self.in_use_bytes / 2**20:.1f} MiB>"

    @property
    def native(self) -> _filext.Profile:
        """The profile itself, for what draws from it."""
        return self._profile

    @property
    def profile(self) -> bytes:
        """The profile as JSON (docs/profile.md)."""
        return self._profile.render("json")

    @cached_property
    def data(self) -> dict[str, Any]:
        """The same, parsed (docs/profile.schema.json). It is made once: leave it as it is."""
        import json

        data: dict[str, Any] = json.loads(self.profile)
        return data

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is known of the recording and its process: the members of `data` that are no part of
        the tree."""
        import json

        facts: dict[str, Any] = json.loads(self._profile.render("facts"))
        return facts

    @property
    def peak_bytes(self) -> int:
        """The most bytes that were allocated at one time in the recording, used or not."""
        return int(self.facts["peak_bytes"])

    def at_end(self) -> Self:
        """Return the profile as seen at its end: what was still in use before the interpreter
        ended, at a cell's end, when a recording was stopped; of a program that runs, what is in use
        now. All that it says is of that moment, `peak_bytes`, the total, too. Raises ValueError
        where the end isn't known."""
        return type(self)(self._profile.at("end"))

    def at_peak(self) -> Self:
        """Return the profile as seen at its peak, as every other one is."""
        return type(self)(self._profile.at("peak"))

    @property
    def is_at_end(self) -> bool:
        """Whether it is a profile as seen at its end."""
        return bool(self.facts.get("moment") == "end")

    @property
    def goes_on(self) -> bool:
        """Whether the recording went on when the profile was taken: its end is what was in use
        then."""
        facts = self.at_peak().facts if self.is_at_end else self.facts
        return bool(facts.get("end", {}).get("now"))

    @property
    def end_bytes(self) -> int | None:
        """The bytes that were still allocated at the end; None where that isn't known."""
        facts = self.at_peak().facts if self.is_at_end else self.facts
        return int(facts["end"]["bytes"]) if "end" in facts else None

    @property
    def command(self) -> list[str]:
        """The program's command line; empty for a notebook's cell."""
        return list(self.facts["command"])

    @property
    def reason(self) -> str | None:
        """Why the profile shows the moment it does, when that isn't the peak: the limit of memory
        that was met."""
        return str(self.facts["reason"]["text"]) if "reason" in self.facts else None

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the profile shows the moment when memory ran out."""
        return bool(self.facts["kind"] == "out-of-memory")

    @property
    def of_a_kernel(self) -> bool:
        """Whether the process was a Jupyter kernel."""
        return "ipykernel_launcher" in self.command

    @property
    def untouched_bytes(self) -> int:
        """How much of the peak was allocated but never used: it took no memory."""
        return int(self.facts["untouched_bytes"])

    @property
    def in_use_bytes(self) -> int:
        """The memory in use at the peak: `peak_bytes` less `untouched_bytes`; where memory ran
        out, `peak_bytes`."""
        return self._profile.in_use()

    def in_use_of(self, asked_bytes: int, untouched_bytes: int) -> int:
        """Return how much of a part of the peak was in use: all but what was never used; where
        memory ran out, all of it."""
        return asked_bytes if self.is_out_of_memory else asked_bytes - untouched_bytes

    @property
    def reserved_bytes(self) -> int:
        """What libraries had reserved and never used: it is in no other figure."""
        return int(self.facts.get("reserved_bytes", 0))

    @property
    def bytes_by_kind(self) -> dict[str, int]:
        """How the peak was held: on the heap, in mappings, in shared memory, in written pages of
        files; bytes by kind."""
        return self._bytes_by("kind")

    @property
    def bytes_by_thread(self) -> dict[str, int]:
        """What the threads' stacks held at the peak; bytes by the thread's name. Threads of equal
        name are one."""
        return self._bytes_by("thread")

    def _bytes_by(self, by: str) -> dict[str, int]:
        held: dict[str, int] = {}
        for name, _, _, size, *_ in self._profile.answers(by):
            held[str(name)] = held.get(str(name), 0) + size
        return held

    @cached_property
    def functions(self) -> list[tuple[str, str, int]]:
        """The functions that nodes and answers name, by number: name, file, first line. 0 is
        none."""
        return self._profile.functions()

    def frame(self, function: int, line: int) -> Frame:
        """Return the frame of a function's number and a line; line 0: the function's first."""
        name, file, first_line = self.functions[function]
        return Frame(file, line or first_line, name)

    def source(self, frame: Frame) -> str:
        """Return the source text of the frame's line, "" where it is unknown."""
        return self._profile.source(frame.file, frame.line)

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """All stacks that held memory at the peak, the largest first."""
        paths: list[tuple[Frame, ...]] = []
        held = []
        nodes = self._profile.nodes(False)
        untouched = own_untouched(nodes)
        for index, (parent, function, line, own, _, allocations, *_) in enumerate(nodes):
            paths.append((*paths[parent], self.frame(function, line)) if index else ())
            if own:
                held.append(Stack(paths[index], own, allocations, untouched[index]))
        return tuple(sorted(held, key=lambda stack: -stack.bytes))

    @property
    def files(self) -> list[MappedFile]:
        """The files that were mapped at the peak, the largest first."""
        nodes = self._profile.nodes(False)

        def frames(node: int) -> tuple[Frame, ...]:
            found: list[Frame] = []
            while node:
                found.append(self.frame(*nodes[node][1:3]))
                node = nodes[node][0]
            return tuple(reversed(found))

        files = [
            MappedFile(path, frames(node), mapped, resident)
            for path, node, mapped, resident in self._profile.files()
        ]
        return sorted(files, key=lambda file: -file.mapped_bytes)

    def top_lines(self, count: int = 5) -> list[Line]:
        """Return the `count` lines that have the most in use by themselves, with their source."""
        found: list[Line] = []
        for _, function, line, own, _, _, untouched, *_ in self._profile.answers("line"):
            if own <= 0 or len(found) == count:
                break
            if function:
                frame = self.frame(function, line)
                found.append(Line(frame, own, self.source(frame), untouched_bytes=untouched))
        return found

    def own_lines(self, count: int = 3) -> list[Line]:
        """Return the `count` lines of own code that have the most in use, with all that they
        called: each stack counts for its innermost line of own code, or, where none is own code,
        for its outermost line. Without imports."""
        found: list[Line] = []
        for _, function, line, held, _, _, untouched, *_, below in self._profile.answers("own"):
            if held <= 0 or len(found) == count:
                break
            frame = self.frame(function, line)
            if function and frame.file != IMPORT_FILE:
                found.append(Line(frame, held, self.source(frame), below, untouched))
        return found

    @property
    def imports(self) -> list[tuple[str, int]]:
        """What was imported and what each import has in use, in bytes, the largest first:
        `("pandas", 31457280)`."""
        rows = (
            (self.frame(row[1], row[2]), self.in_use_of(row[3], row[6]))
            for row in self._profile.answers("own")
        )
        return [
            (frame.function.removeprefix("import "), held)
            for frame, held in rows
            if frame.file == IMPORT_FILE and held > 0
        ]

    def with_own(self, names: list[str]) -> Self:
        """Return the same snapshot, of which these folders (absolute) and packages are own code, in
        place of those that it was recorded with."""
        return type(self)(self._profile.owned(names))

    def hiding(self, *, source: bool = False, arguments: bool = False) -> Self:
        """Return the same snapshot without the program's source lines, or without the arguments of
        its command line and the text of -c: nothing that is made of it has them."""
        most = privacy.words_of(self.command) if arguments else -1
        return type(self)(self._profile.hidden(source, most))
