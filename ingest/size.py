"""Sizes: what is larger than it may ever be gets its verdict by its size alone, and its bytes are not copied. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from ingest.archive import Limits, entries_said, too_large
from pictureday.config import Ingest
from pictureday.profile import Profile
from pictureday.reasons import Finding

__all__ = ["Sizes", "files_in", "limits_of"]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The largest files that are looked into, in bytes; `photo` is what a photo may have."""

    archive: Limits
    other: int
    photo: int

    @classmethod
    def of(cls, settings: Ingest, profile: Profile) -> Sizes:
        """From the settings."""
        return cls(archive=limits_of(settings), other=settings.file_bytes, photo=profile.most_bytes)

    def is_too_large(self, kind: str, size: int) -> bool:
        """Whether a file of this kind and of so many bytes is not worth a copy."""
        return size > (self.archive.packed_bytes if kind == "archive" else self.other)

    def finding(self, kind: str, size: int) -> tuple[Finding, ...]:
        """What is to be said of such a file; nothing of junk, which is ignored, or an index, which is passed over."""
        if kind == "archive":
            found = too_large(size, self.archive)
            return (found,) if found else ()
        too_big = Finding(code="too_big", facts={"bytes": size, "most": self.photo})
        return (too_big,) if kind == "photo" else ()


def files_in(archive: BinaryIO, most: int) -> int:
    """How many files a zip counts as: itself, and what it says it has, unless it is refused for having too many."""
    said = entries_said(archive)
    return 1 + said if said <= most else 1


def limits_of(settings: Ingest) -> Limits:
    """The guard's limits, from the settings."""
    return Limits(
        entries=settings.archive_entries,
        entry_bytes=settings.archive_entry_bytes,
        total_bytes=settings.archive_bytes,
        ratio=settings.archive_ratio,
    )
