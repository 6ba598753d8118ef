"""Clearing `.taken/`: a taken file is removed one settle later, if nobody wrote to it since it was copied.

A client that still held the file open may have gone on writing: then its new bytes are a newer drop.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ingest.inbox import FolderInbox
from ingest.placing import place_of
from ingest.taking import Print
from ingest.walking import MOST
from pictureday.catalogue import Catalogue, deliveries, drops
from pictureday.messages import BATCH

__all__ = ["Clearer"]

_LOOK = 60.0  # seconds between two questions to the catalogue while something is known to stand


class _Standing(NamedTuple):
    vendor: str
    path: str
    kind: str
    print: Print
    due: float  # on the monotonic clock


class Clearer:
    """Removes the taken files of one inbox when their time has come."""

    def __init__(self, inbox: FolderInbox, url: str, catalogue: Catalogue, settle: float) -> None:
        self._inbox = inbox
        self._url = url
        self._catalogue = catalogue
        self._settle = settle
        self._standing: dict[str, _Standing] = {}  # by drop; the longest standing first
        self._next_look = 0.0

    def stands(self, rows: Iterable[dict[str, Any]], now: float) -> None:
        """These drops were stored at `now` (monotonic), and that is committed."""
        for row in rows:
            if len(self._standing) == MOST:
                return  # the catalogue knows them, and is asked when there is room
            self._standing.setdefault(row["id"], _standing(row, now + self._settle))

    def clear(self, now: float) -> float:
        """Remove what is due at `now` (monotonic), `BATCH` at most; returns when there is more to do, or infinity.

        The catalogue is asked when nothing is known to stand, and once a minute for what was committed though we
        were told that it was not: each time it tells of all, which after a large folder are thousands.
        """
        if not self._standing or self._next_look <= now:
            self._look(now)
        due = [drop_id for drop_id, one in islice(self._standing.items(), BATCH) if one.due <= now]
        if due:
            self._clear(due)
        for drop_id in due:
            del self._standing[drop_id]
        if not self._standing:
            return now + self._settle if due else float("inf")
        return min(self._next_look, next(iter(self._standing.values())).due)

    def _look(self, now: float) -> None:
        with self._catalogue.read() as tx:
            rows = drops.standing(tx, self._url, limit=MOST)
        self.stands(rows, now)
        self._next_look = now + _LOOK

    def _clear(self, drop_ids: Sequence[str]) -> None:
        gone, changed = [], []
        with self._inbox.in_taken() as taken:
            for drop_id in drop_ids:
                if _is_changed(self._standing[drop_id].print, taken.found(drop_id)):
                    changed.append(drop_id)
                else:
                    taken.remove(drop_id)
                    gone.append(drop_id)
        if gone:
            self._inbox.sync_taken()  # else a power cut could bring files back that are on no record any more
            with self._catalogue.write() as tx:
                drops.removed(tx, gone)
        for drop_id in changed:
            self._drop_again(drop_id, self._standing[drop_id])

    def _drop_again(self, drop_id: str, one: _Standing) -> None:
        # The new drop is on record before the file takes its name; killed in between, the file still
        # bears the old name, differs from the old print, and is dropped again at the next start.
        place = place_of(one.path)
        with self._catalogue.write() as tx:
            delivery = deliveries.opened(tx, inbox=self._url, vendor=one.vendor, kind=place.kind, name=place.name)
            again = drops.NewDrop(vendor=one.vendor, path=one.path, kind=one.kind, delivery_id=delivery)
            (new,) = drops.record(tx, self._url, [again])
        (self._inbox.taken / drop_id).rename(self._inbox.taken / new["id"])
        self._inbox.sync_taken()
        with self._catalogue.write() as tx:
            drops.removed(tx, [drop_id])


def _standing(row: dict[str, Any], due: float) -> _Standing:
    print_ = Print(size=row["size"], mtime_ns=row["mtime_ns"], ctime_ns=row["ctime_ns"])
    return _Standing(vendor=row["vendor"], path=row["path"], kind=row["kind"], print=print_, due=due)


def _is_changed(before: Print, found: os.stat_result | None) -> bool:
    if found is None or before.mtime_ns == 0:  # gone already, or a link or device that has no bytes
        return False
    return Print.of(found) != before
