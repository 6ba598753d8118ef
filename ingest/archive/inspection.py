"""The verdict on an archive: all its entries, or the findings that refuse the whole of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

from ingest.archive import directory, ending, headers, rules, spans
from ingest.archive.findings import Refusal, few
from ingest.archive.places import size_of
from ingest.archive.record import Entry, Extent, Limits, Record
from ingest.archive.stream import unpacked
from pictureday.errors import PictureDayError
from pictureday.reasons import Finding

__all__ = ["ArchiveChanged", "Inspection", "inspect", "inspecting", "outline", "too_large"]

Beat = Callable[[], None]

_DAMAGED_ENOUGH = 3  # damaged entries after which the rest is not unpacked any more


class ArchiveChanged(PictureDayError):
    """The bytes of an archive are no longer those that were inspected."""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What an archive holds. `findings` says why it is refused, and then `entries` is empty.

    `digests` has the SHA-256 (lower-case hex) of each entry's bytes, where they were read.
    """

    entries: tuple[Entry, ...] = ()
    findings: tuple[Finding, ...] = ()
    digests: tuple[str, ...] = field(default=(), repr=False, compare=False)
    extents: tuple[Extent, ...] = field(default=(), repr=False, compare=False)

    @property
    def refused(self) -> bool:
        """Whether nothing of the archive may come in."""
        return bool(self.findings)

    def span(self, entry: Entry) -> Extent:
        """Where the bytes of `entry` lie in the archive, and in what form."""
        return self.extents[entry.number - 1]

    def read(self, source: BinaryIO, entry: Entry) -> Iterator[bytes]:
        """The bytes of `entry` in pieces of at most 64 KB; nothing is to be believed before the last one.

        Checks length and CRC again and raises `ArchiveChanged`; `OSError` of the source passes.
        """
        try:
            yield from unpacked(source, self.span(entry))
        except Refusal as refusal:
            raise ArchiveChanged(
                f"An archive is not what it was when it was inspected. {refusal.finding.message}",
                fix="Check the disk that holds the blobs; the archive is inspected again.",
            ) from None


def inspect(source: BinaryIO, limits: Limits, *, beat: Beat | None = None) -> Inspection:
    """Judge the archive in `source` (seekable, read only): its structure first, then every byte of it.

    `beat` is called at least once for each entry and each 64 KB, so that a lease can be kept. Raises
    nothing of its own; `OSError` of the source and what `beat` raises pass.
    """
    work = inspecting(source, limits, beat=beat)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return cast("Inspection", end.value)
        (beat or _nothing)()


def inspecting(source: BinaryIO, limits: Limits, *, beat: Beat | None = None) -> Generator[None, None, Inspection]:
    """`inspect` piece by piece: whoever drives it may do something else after each entry and each 64 KB."""
    found = outline(source, limits, beat=beat)
    damaged: list[Finding] = []
    digests: list[str] = []
    for extent in found.extents:
        digest = hashlib.sha256()
        finding = yield from _damage(source, extent, digest)
        digests.append(digest.hexdigest())
        damaged += [finding] if finding else []
        if len(damaged) == _DAMAGED_ENOUGH:
            break
    return Inspection(findings=few(damaged)) if damaged else replace(found, digests=tuple(digests))


def too_large(size: int, limits: Limits) -> Finding | None:
    """Why a zip of `size` bytes is refused whatever it holds, or None."""
    if size <= limits.packed_bytes:
        return None
    return Finding(code="archive_too_big", facts={"bytes": size, "most": limits.total_bytes})


def outline(source: BinaryIO, limits: Limits, *, beat: Beat | None = None) -> Inspection:
    """The same without unpacking anything: to go on with an archive that was already inspected."""
    try:
        return _outlined(source, limits, beat or _nothing)
    except Refusal as refusal:
        return Inspection(findings=(refusal.finding,))


def _outlined(source: BinaryIO, limits: Limits, beat: Beat) -> Inspection:
    size = size_of(source)
    if finding := too_large(size, limits):
        # Told first: macOS writes zips past 4 GB that only macOS reads, and all that helps is to send less.
        raise Refusal(finding)
    end = ending.find(source, size)
    records = directory.read(source, end, limits.entries)
    extents, findings = _extents(source, records, end.directory, beat)
    findings = [*_count(end.count, len(records)), *rules.broken(records, limits), *findings]
    findings += spans.overlaps(extents)
    # With an entry out of place, the rest of the file is full of what looks hidden.
    if not findings:
        findings += spans.hidden(source, extents, end.directory, beat)
    if findings:
        return Inspection(findings=few(findings))
    return Inspection(entries=tuple(record.entry() for record in records), extents=tuple(extents))


def _extents(
    source: BinaryIO, records: Sequence[Record], ceiling: int, beat: Beat
) -> tuple[list[Extent], list[Finding]]:
    extents: list[Extent] = []
    findings: list[Finding] = []
    for record in records:
        beat()
        try:
            extents.append(headers.extent(source, record, ceiling))
        except Refusal as refusal:
            findings.append(refusal.finding)
    return extents, findings


def _count(said: int, found: int) -> Iterator[Finding]:
    if said != found:
        yield Finding(code="archive_count", facts={"said": said, "found": found})


def _damage(source: BinaryIO, extent: Extent, digest: hashlib._Hash) -> Generator[None, None, Finding | None]:
    yield
    try:
        for piece in unpacked(source, extent):
            digest.update(piece)
            yield
    except Refusal as refusal:
        return refusal.finding
    return None


def _nothing() -> None:
    return None
