"""How the entries lie in the file: not over each other, and with no entry between them that nobody lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from ingest.archive import names
from ingest.archive.ending import SPAN_MARKERS
from ingest.archive.findings import about, unreadable
from ingest.archive.places import CHUNK, read_up_to
from ingest.archive.record import SLACK, Extent
from ingest.archive.structures import LOCAL, Local
from pictureday.reasons import Finding

__all__ = ["gaps", "hidden", "overlaps"]

_HEADER_LENGTH = 30


def overlaps(extents: Sequence[Extent]) -> Iterator[Finding]:
    """Entries that share bytes: how a small archive unpacks to a huge one, every checksum right."""
    reach = 0
    for extent in sorted(extents, key=lambda extent: extent.start):
        if reach - extent.start > SLACK:
            yield extent.record.finding("archive_overlap")
        reach = max(reach, extent.end)


def gaps(extents: Sequence[Extent], ceiling: int) -> Iterator[tuple[int, int]]:
    """The stretches (start, end) before the directory at `ceiling` that no entry accounts for."""
    reach = 0
    for extent in sorted(extents, key=lambda extent: extent.start):
        if extent.start > reach:
            yield reach, extent.start
        reach = max(reach, extent.end)
    if ceiling > reach:
        yield reach, ceiling


def hidden(source: BinaryIO, extents: Sequence[Extent], ceiling: int, beat: Callable[[], None]) -> Iterator[Finding]:
    """What stands in front of the first entry, and entries that the directory does not list."""
    for start, end in gaps(extents, ceiling):
        if start == 0 and not (end == 4 and read_up_to(source, 0, 4) in SPAN_MARKERS):
            yield unreadable(f"{end:,} bytes of something else stand before its first entry").finding
        elif (at := _signature(source, max(0, start - SLACK), end, beat)) is not None:
            fault = "it is there, but the directory does not list it"
            yield about("archive_mismatch", _name_at(source, at), fault=fault)


def _signature(source: BinaryIO, start: int, end: int, beat: Callable[[], None]) -> int | None:
    """Where a local header starts between `start` and `end`, or None."""
    for at in range(start, end, CHUNK):
        beat()
        # Three bytes more, for a signature that lies across two pieces.
        found = read_up_to(source, at, min(CHUNK + 3, end - at)).find(LOCAL)
        if found >= 0:
            return at + found
    return None


def _name_at(source: BinaryIO, at: int) -> str:
    data = read_up_to(source, at, _HEADER_LENGTH + 1024)
    if len(data) < _HEADER_LENGTH:
        return ""
    fixed = Local.read(data)
    return names.text(data[_HEADER_LENGTH : _HEADER_LENGTH + fixed.name_length], fixed.flags)
