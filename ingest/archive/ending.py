"""The end of an archive: where its directory is and how many entries it claims, or why that can't be said.

A tool reads a zip from its end, so whoever puts a second end there decides what is seen: the end record
must be the only one, be the very end of the file but for zeros, and account for every byte up to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from ingest.archive.findings import Refusal, unreadable
from ingest.archive.places import read_at, read_up_to, size_of
from ingest.archive.structures import DESCRIPTOR, END, END64, LOCAL, LOCATOR, MAX16, MAX32, End, End64, Locator
from pictureday.reasons import Finding

__all__ = ["SPAN_MARKERS", "Ending", "entries_said", "find", "looks_like_archive", "looks_whole"]

# What a tool that can split archives puts in front, even when one part was enough.
SPAN_MARKERS = (b"PK00", DESCRIPTOR)

_STARTS = (LOCAL, END, END64, *SPAN_MARKERS)
_END_LENGTH, _END64_LENGTH, _LOCATOR_LENGTH = 22, 56, 20
_LONGEST_COMMENT = MAX16


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The directory's place and size in bytes, and the number of entries that the end record claims."""

    directory: int
    size: int
    count: int


def looks_like_archive(head: bytes) -> bool:
    """Whether a file that starts with `head` (4 bytes or more) claims to be a zip, an empty one too."""
    return head.startswith(_STARTS)


def looks_whole(source: BinaryIO, size: int) -> bool:
    """Whether an archive of `size` bytes seems to be all there: cheap, for settling, and no verdict.

    True when an end record ends where the file does, or zeros alone follow, and its directory lies in front of it.
    """
    return any(_directory_fits(source, at, end) for at, end in _reaching(source, size, _ends(source, size)))


def entries_said(source: BinaryIO) -> int:
    """How many entries an archive says it has; 0 where its end can't be read. One that lies is refused later."""
    try:
        return find(source, size_of(source)).count
    except Refusal:
        return 0


def find(source: BinaryIO, size: int) -> Ending:
    """The ending of an archive of `size` bytes; raises `Refusal`."""
    at, end = _only_end(source, size)
    wide = _wide_end(source, at)
    if _is_a_part(end, wide[1] if wide else None):
        raise unreadable("it is one part of several")
    if wide is None:
        return _accounted(at, _narrow(end))
    _same(end, wide[1])
    return _accounted(*wide)


def _ends(source: BinaryIO, size: int) -> list[tuple[int, End]]:
    """Every end record near the end of the file that is there with all its 22 bytes, and where."""
    start = max(0, size - _END_LENGTH - _LONGEST_COMMENT)
    tail = read_up_to(source, start, size - start)
    found: list[tuple[int, End]] = []
    at = tail.find(END)
    while 0 <= at <= len(tail) - _END_LENGTH:
        found.append((start + at, End.read(tail, at)))
        at = tail.find(END, at + 1)
    return found


def _reaching(source: BinaryIO, size: int, ends: list[tuple[int, End]]) -> list[tuple[int, End]]:
    """Those of `ends` that are the end of the file; bsdtar fills up with zeros what it writes into a pipe."""
    return [(at, end) for at, end in ends if _fills(source, size, at + _END_LENGTH + end.comment_length)]


def _fills(source: BinaryIO, size: int, after: int) -> bool:
    return after <= size and not read_up_to(source, after, size - after).strip(b"\0")


def _directory_fits(source: BinaryIO, at: int, end: End) -> bool:
    if MAX32 in (end.size, end.directory):
        return read_up_to(source, max(0, at - _LOCATOR_LENGTH), 4) == LOCATOR
    return end.directory + end.size <= at


def _only_end(source: BinaryIO, size: int) -> tuple[int, End]:
    ends = _ends(source, size)
    reaching = _reaching(source, size, ends)
    if not reaching:
        raise _without_end(source, size, ends)
    # One after the first is inside its comment; some tools would read the archive from there.
    if ends[-1] != reaching[0]:
        raise unreadable("it has a second end record, which would hide entries")
    return reaching[0]


def _without_end(source: BinaryIO, size: int, ends: list[tuple[int, End]]) -> Refusal:
    for at, end in ends:
        after = size - at - _END_LENGTH - end.comment_length
        if end.directory + end.size == at and after > 0:
            return unreadable(f"{after:,} bytes of something else follow its end")
    head = read_up_to(source, 0, 4)
    if head.startswith(_STARTS) or any(start.startswith(head) for start in _STARTS):
        return Refusal(Finding(code="archive_truncated"))
    return unreadable("it is no zip archive")


def _wide_end(source: BinaryIO, at: int) -> tuple[int, End64] | None:
    """The zip64 end record in front of the end record at `at`, and its place; None where there is none."""
    if at < _LOCATOR_LENGTH + _END64_LENGTH:
        return None
    locator = Locator.read(read_at(source, at - _LOCATOR_LENGTH, _LOCATOR_LENGTH))
    if locator.signature != LOCATOR:
        return None
    if locator.disk or locator.disks > 1:
        raise unreadable("it is one part of several")
    # The bound first: a hostile place is far beyond what a file can be asked to seek to.
    if locator.at > at - _LOCATOR_LENGTH - _END64_LENGTH:
        raise unreadable("its zip64 end record is not where it should be")
    wide = End64.read(read_at(source, locator.at, _END64_LENGTH))
    if wide.signature != END64 or locator.at + 12 + wide.length != at - _LOCATOR_LENGTH:
        raise unreadable("its zip64 end record is not where it should be")
    return locator.at, wide


def _is_a_part(end: End, wide: End64 | None) -> bool:
    allowed = (0,) if wide is None else (0, MAX16)
    split = wide is not None and bool(wide.disk or wide.directory_disk)
    return split or end.disk not in allowed or end.directory_disk not in allowed


def _narrow(end: End) -> End:
    # Info-ZIP's `zip -fz` into a pipe makes such archives, which it can't read either.
    if MAX32 in (end.size, end.directory):
        raise unreadable("its zip64 end record is missing")
    return end


def _same(end: End, wide: End64) -> None:
    if end.total not in (wide.total, MAX16):
        raise Refusal(Finding(code="archive_count", facts={"said": end.total, "found": wide.total}))
    if end.size not in (wide.size, MAX32) or end.directory not in (wide.directory, MAX32):
        raise unreadable("its two end records disagree")


def _accounted(at: int, end: End | End64) -> Ending:
    """The ending, if the directory reaches from its place exactly to `at`, where the end records start."""
    if end.here != end.total:
        raise Refusal(Finding(code="archive_count", facts={"said": end.total, "found": end.here}))
    surplus = at - end.directory - end.size
    if surplus > 0:
        raise unreadable(f"{surplus:,} bytes too many: something stands before it, or two archives were joined")
    if surplus < 0:
        raise Refusal(Finding(code="archive_truncated"))
    return Ending(directory=end.directory, size=end.size, count=end.total)
