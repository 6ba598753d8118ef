"""Clearing `.taken/`: a taken file is removed one settle later, if nobody wrote to it since it was copied.

A client that still held the file open may have gone on writing: then its new bytes are a newer drop.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from ingest.inbox import FolderInbox
from ingest.placing import place_of
from ingest.taking import Print
from pictureday.catalogue import Catalogue, deliveries, drops
from pictureday.messages import BATCH

__all__ = ["Clearer"]


class _Standing(NamedTuple):
    row: dict[str, Any]
    due: float  # on the monotonic clock


class Clearer:
    """Removes the taken files of one inbox when their time has come."""

    def __init__(self, inbox: FolderInbox, url: str, catalogue: Catalogue, settle: float) -> None:
        self._inbox = inbox
        self._url = url
        self._catalogue = catalogue
        self._settle = settle
        self._standing: dict[str, _Standing] = {}  # the longest standing first
        self._next_look = 0.0

    def clear(self, now: float) -> float:
        """Remove what is due at `now` (monotonic), `BATCH` at most; returns when there is more to do, or infinity.

        The catalogue is asked once a settle: each time it tells of all, which after a large folder are thousands.
        """
        if not self._standing or self._next_look <= now:
            self._look(now)
        due = [one.row for one in islice(self._standing.values(), BATCH) if one.due <= now]
        if due:
            self._clear(due)
        for row in due:
            del self._standing[row["id"]]
        if not self._standing:
            return self._next_look if due else float("inf")
        return min(self._next_look, next(iter(self._standing.values())).due)

    def _look(self, now: float) -> None:
        with self._catalogue.read() as tx:
            rows = {row["id"]: row for row in drops.standing(tx, self._url)}
        self._standing = {drop_id: one for drop_id, one in self._standing.items() if drop_id in rows}
        for drop_id, row in rows.items():
            self._standing.setdefault(drop_id, _Standing(row=row, due=now + self._settle))
        self._next_look = now + self._settle

    def _clear(self, rows: Sequence[dict[str, Any]]) -> None:
        gone, changed = [], []
        for row in rows:
            if self._changed(row):
                changed.append(row)
            else:
                self._inbox.remove_taken(row["id"])
                gone.append(row["id"])
        if gone:
            self._inbox.sync_taken()  # else a power cut could bring files back that are on no record any more
            with self._catalogue.write() as tx:
                drops.removed(tx, gone)
        for row in changed:
            self._drop_again(row)

    def _changed(self, row: dict[str, Any]) -> bool:
        found = self._stat(row["id"])
        if found is None or row["mtime_ns"] == 0:  # gone already, or a link or device that has no bytes
            return False
        return Print.of(found) != Print(size=row["size"], mtime_ns=row["mtime_ns"], ctime_ns=row["ctime_ns"])

    def _stat(self, drop_id: str) -> os.stat_result | None:
        try:
            return os.lstat(f"{self._inbox.taken}/{drop_id}")  # a Path costs as much as the look
        except FileNotFoundError:
            return None

    def _drop_again(self, row: dict[str, Any]) -> None:
        # The new drop is on record before the file takes its name; killed in between, the file still
        # bears the old name, differs from the old print, and is dropped again at the next start.
        place = place_of(row["path"])
        with self._catalogue.write() as tx:
            delivery = deliveries.opened(tx, inbox=self._url, vendor=row["vendor"], kind=place.kind, name=place.name)
            again = drops.NewDrop(vendor=row["vendor"], path=row["path"], kind=row["kind"], delivery_id=delivery)
            (new,) = drops.record(tx, self._url, [again])
        (self._inbox.taken / row["id"]).rename(self._inbox.taken / new["id"])
        self._inbox.sync_taken()
        with self._catalogue.write() as tx:
            drops.removed(tx, [row["id"]])
