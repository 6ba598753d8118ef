"""Unpacking: an archive whose bytes are a safe blob is checked as a whole, then entered in batches.

The guard reads every entry before anything gets in, so a refused archive leaves nothing behind; what gets in
stays where it is, a part of the archive's blob. The vendors
take turns, each with one archive at a time: one vendor's 20,000 photos don't hold up another's zip, neither
while they are looked at nor while they are entered, and a thousand zips of one vendor are not all open at once.
A vendor with too many photos without a verdict has no turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from sqlalchemy import Connection, func, select

from ingest.archive import Entry, Extent, Inspection, Limits, inspecting
from ingest.closing import settle_names
from ingest.placing import kind_of
from ingest.taking import file_row, refused_row, say_received
from pictureday.blobs import Blobs, Part
from pictureday.catalogue import Catalogue, deliveries, drops, tables
from pictureday.catalogue import files as entered
from pictureday.log import get_logger
from pictureday.messages import BATCH
from pictureday.reasons import Finding

__all__ = ["Unpacker"]

_PORTION = 0.1  # seconds of looking into one archive before it is the next vendor's turn
_NEWS = 0.1  # seconds between looks for further archives while there is one to work on


@dataclass(frozen=True, kw_only=True)
class _Work:
    drop_id: str
    batches: Generator[None, None, None]


class Unpacker:
    """Enters the stored archives of one inbox."""

    def __init__(
        self,
        url: str,
        catalogue: Catalogue,
        blobs: Blobs,
        limits: Limits,
        *,
        is_full: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._is_full = is_full
        self._url = url
        self._catalogue = catalogue
        self._blobs = blobs
        self._limits = limits
        self._open: dict[str, _Work] = {}  # by vendor, in the order of their turns
        self._next_look = 0.0
        self._failed: set[str] = set()  # drops that wait until all others had their turn

    def step(self) -> bool:
        """One batch of one archive, the next vendor's turn; False where no archive waits, or all wait for verdicts.

        What an archive raises is raised here; it is tried again after the others, which lose nothing by it.
        """
        if not self._open or time.monotonic() >= self._next_look:
            self._take_up()
            self._next_look = time.monotonic() + _NEWS
        for vendor in self._next():
            work = self._open.pop(vendor)
            self._failed.add(work.drop_id)
            if next(work.batches, _END) is not _END:
                self._open[vendor] = work  # to the end of the line
            self._failed.discard(work.drop_id)
            return True
        return False

    def forget(self) -> None:
        """Close what is open; it is picked up from the catalogue again."""
        for work in self._open.values():
            work.batches.close()
        self._open.clear()

    def _next(self) -> list[str]:
        return list(islice((vendor for vendor in self._open if not self._is_full(vendor)), 1))

    def _take_up(self) -> None:
        with self._catalogue.read() as tx:
            waiting = drops.of_state(tx, self._url, "stored")
        if all(row["id"] in self._failed for row in waiting):
            self._failed.clear()
        for row in waiting:
            if row["vendor"] not in self._open and row["id"] not in self._failed:
                self._open[row["vendor"]] = _Work(drop_id=row["id"], batches=self._unpack(row))

    def _unpack(self, drop: dict[str, Any]) -> Generator[None, None, None]:
        with self._blobs.open(drop["sha256"]) as source:
            inspection = yield from _in_portions(inspecting(source, self._limits))
            if inspection.findings:
                self._refuse(drop, inspection.findings)
                return
            yield
        for entries in self._batches(drop, inspection):
            self._enter(drop, inspection, entries)
            yield
        with self._catalogue.write() as tx:
            _finish(tx, drop, self._blobs)

    def _batches(self, drop: dict[str, Any], inspection: Inspection) -> Iterator[Sequence[Entry]]:
        # After a kill in the middle, what was entered already is not entered again.
        with self._catalogue.read() as tx:
            last = _last_entry(tx, drop["id"])
        left = [entry for entry in inspection.entries if entry.number > last and not entry.is_folder]
        for at in range(0, len(left), BATCH):
            yield left[at : at + BATCH]

    def _enter(self, drop: dict[str, Any], inspection: Inspection, entries: Sequence[Entry]) -> None:
        rows = [_entry_row(drop, entry, inspection) for entry in entries]
        with self._catalogue.write() as tx:
            say_received(tx, rows)

    def _refuse(self, drop: dict[str, Any], findings: Sequence[Finding]) -> None:
        get_logger().warning(
            "archive_refused", delivery_id=drop["delivery_id"], reasons=[finding.code for finding in findings]
        )
        with self._catalogue.write() as tx:
            entered.insert_all(tx, [refused_row(drop, findings)])
            drops.done(tx, drop["id"])
            if _is_delivery(tx, drop):
                deliveries.refuse(tx, drop["delivery_id"], findings)


_END = object()


def _entry_row(drop: dict[str, Any], entry: Entry, inspection: Inspection) -> dict[str, Any]:
    kind = kind_of(entry.path)
    findings = (Finding(code="nested_archive"),) if kind == "archive" else ()
    return file_row(
        drop,
        entry=entry.number,
        path=f"{drop['path']}!{entry.path}",
        kind=kind,
        sha256=inspection.digests[entry.number - 1],
        place=str(_part(drop["sha256"], inspection.span(entry))),
        size=entry.size,
        findings=findings,
    )


def _part(archive: str, span: Extent) -> Part:
    size = None if span.is_plain else span.record.size
    return Part(holder=archive, at=span.data, length=span.record.packed, size=size)


def _last_entry(tx: Connection, drop_id: str) -> int:
    mine = tables.files.c.drop_id == drop_id
    return int(tx.execute(select(func.max(tables.files.c.entry)).where(mine)).scalar() or 0)


def _finish(tx: Connection, drop: dict[str, Any], blobs: Blobs) -> None:
    drops.done(tx, drop["id"])
    if _is_delivery(tx, drop):
        settle_names(tx, drop["delivery_id"], blobs)
        deliveries.close(tx, drop["delivery_id"])


def _in_portions(work: Generator[None, None, Inspection]) -> Generator[None, None, Inspection]:
    until = time.monotonic() + _PORTION
    while True:
        try:
            next(work)
        except StopIteration as end:
            return cast("Inspection", end.value)
        if time.monotonic() > until:
            yield
            until = time.monotonic() + _PORTION


def _is_delivery(tx: Connection, drop: dict[str, Any]) -> bool:
    # A zip inside a folder is part of the folder's delivery, which closes by itself.
    found = deliveries.find(tx, drop["delivery_id"])
    return found is not None and found["kind"] == "zip"
