# SPDX-License-Identifier: Apache-2.0
"""Snapshots: what a recording held at one moment, to be read, compared, saved and reported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from filprofiler.frames import IMPORT_FILE, Frame, Line, MappedFile, Stack
from filprofiler.profiles import Profile

if TYPE_CHECKING:
    from filprofiler.diffs import Diff

__all__ = ["IMPORT_FILE", "Frame", "Line", "MappedFile", "Snapshot", "Stack"]


class Snapshot(Profile):
    """A recording's peak, frozen. Takes a profile as JSON bytes; ValueError when it isn't one."""

    def diff(self, old: Snapshot) -> Diff:
        """Return what changed since the snapshot `old`."""
        from filprofiler.diffs import Diff

        return Diff(old, self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the profile as JSON."""
        profile = self.profile
        with open(path, "wb") as file:
            file.write(profile)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Snapshot:
        """Read a profile that `save` or a report wrote. Raises OSError, or ValueError naming the
        file."""
        with open(path, "rb") as file:
            profile = file.read()
        try:
            return cls(profile)
        except ValueError as error:
            raise ValueError(f"{os.fspath(path)}: {error}") from None

    def write_report(self, directory: str | os.PathLike[str]) -> list[str]:
        """Write the whole report into the folder, which is made if need be; return the paths of the
        files. Raises OSError."""
        os.makedirs(directory, exist_ok=True)
        stem = "out-of-memory" if self.is_out_of_memory else "peak-memory"
        return self._profile.write_report(os.fspath(directory), stem)
