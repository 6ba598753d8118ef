"""Clearing `.taken/`: a taken file is removed one settle later, if nobody wrote to it since it was copied.

A client that still held the file open may have gone on writing: then its new bytes are a newer drop.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ingest.inbox import FolderInbox
from ingest.placing import place_of
from ingest.taking import Print
from pictureday.catalogue import Catalogue, deliveries, drops
from pictureday.messages import BATCH

__all__ = ["Clearer"]


class Clearer:
    """Removes the taken files of one inbox when their time has come."""

    def __init__(self, inbox: FolderInbox, url: str, catalogue: Catalogue, settle: float) -> None:
        self._inbox = inbox
        self._url = url
        self._catalogue = catalogue
        self._settle = settle
        self._first_seen: dict[str, float] = {}

    def clear(self, now: float) -> float:
        """Remove what is due at `now` (monotonic); returns when the next one is due, or infinity."""
        with self._catalogue.read() as tx:
            rows = drops.standing(tx, self._url)
        for row in rows:
            self._first_seen.setdefault(row["id"], now)
        due = [row for row in rows if self._first_seen[row["id"]] + self._settle <= now]
        for at in range(0, len(due), BATCH):
            self._clear(due[at : at + BATCH])
        for row in due:
            self._first_seen.pop(row["id"], None)
        return min((seen + self._settle for seen in self._first_seen.values()), default=float("inf"))

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
            return (self._inbox.taken / drop_id).lstat()
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
