"""Closing: no more files come. What waited for the vendor's index file gets its student code now.

A photo whose name is no code waits for the close, because the index may come last. Then the index says
whose it is; where it doesn't, the photo is judged under the name it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from ingest.indexes import FileMap, merge
from ingest.placing import Place
from ingest.settle import Sight
from pictureday.blobs import BlobDamaged, BlobMissing, Blobs
from pictureday.catalogue import Catalogue, deliveries, drops, files, tables
from pictureday.catalogue import messages as outbox
from pictureday.log import get_logger
from pictureday.messages import FileState

__all__ = ["Closer", "settle_names"]

_files = tables.files
_INDEX_BYTES = 10_000_000  # of all index files of a delivery: a hundred times a real one, and still read at once


class Closer:
    """Closes the deliveries of one inbox."""

    def __init__(self, url: str, catalogue: Catalogue, blobs: Blobs) -> None:
        self._url = url
        self._catalogue = catalogue
        self._blobs = blobs
        self._told: set[tuple[str, str, int]] = set()  # temporary names, so that the database is asked once

    def owners(self) -> set[str]:
        """The vendors with an open folder or loose delivery."""
        return {row["vendor"] for row in self._open_ones()}

    def open_places(self, vendor: str) -> dict[Place, int]:
        """A vendor's open folder and loose deliveries, by place. Zips are closed by who unpacks them."""
        mine = (row for row in self._open_ones() if row["vendor"] == vendor)
        return {Place(kind=row["kind"], name=row["name"]): row["id"] for row in mine}

    def all_open(self) -> dict[tuple[str, Place], int]:
        """The open folder and loose deliveries of all vendors, by vendor and place."""
        return {(row["vendor"], Place(kind=row["kind"], name=row["name"])): row["id"] for row in self._open_ones()}

    def is_marked_done(self, delivery_id: int) -> bool:
        """Whether the vendor put a `_DONE` into this delivery."""
        marker = (tables.drops.c.delivery_id == delivery_id) & (tables.drops.c.kind == "done")
        with self._catalogue.read() as tx:
            return (
                tx.execute(select(tables.drops.c.id).where(marker, tables.drops.c.state == "done")).first() is not None
            )

    def close(self, delivery_id: int, unfinished: Sequence[Sight]) -> bool:
        """Close unless a drop of it is still in hand; `unfinished` are files that stood too long."""
        with self._catalogue.write() as tx:
            if drops.unfinished_count(tx, delivery_id):
                return False
            _tell_unfinished(tx, self._url, delivery_id, unfinished)
            settle_names(tx, delivery_id, self._blobs)
            deliveries.close(tx, delivery_id)
        return True

    def tell_alone(self, vendor: str, place: Place, unfinished: Sequence[Sight]) -> bool:
        """Tell, once, of files that stood too long where no delivery is open: in one of their own. True if any is."""
        new = [sight for sight in unfinished if (vendor, sight.path, sight.size) not in self._told]
        if not new:
            return False
        with self._catalogue.read() as tx:
            untold = _untold(tx, vendor, new)
        if untold:
            with self._catalogue.write() as tx:
                delivery = deliveries.opened(tx, inbox=self._url, vendor=vendor, kind=place.kind, name=place.name)
                _tell_unfinished(tx, self._url, delivery, untold)
                deliveries.close(tx, delivery)
        self._told.update((vendor, sight.path, sight.size) for sight in new)
        return bool(untold)

    def _open_ones(self) -> list[dict[str, Any]]:
        with self._catalogue.read() as tx:
            return [row for row in deliveries.open_ones(tx, self._url) if row["kind"] != "zip"]


def settle_names(tx: Connection, delivery_id: int, blobs: Blobs) -> None:
    """Give the waiting photos of a delivery the codes that its index files name, and say them."""
    mine = _files.c.delivery_id == delivery_id
    waiting = tx.execute(
        select(_files.c.id, _files.c.path, _files.c.vendor).where(mine, _files.c.waits).order_by(_files.c.id)
    ).all()
    if not waiting:
        return
    names = _file_map(tx, delivery_id, blobs)
    files.change(tx, [{"id": row.id, "waits": False, "student_code": names.code_for(row.path)} for row in waiting])
    for message in files.received_messages([row.id for row in waiting]):
        outbox.say(tx, message, vendor=waiting[0].vendor)


def _file_map(tx: Connection, delivery_id: int, blobs: Blobs) -> FileMap:
    mine = (_files.c.delivery_id == delivery_id) & (_files.c.state == FileState.INDEX)
    query = select(_files.c.path, _files.c.sha256, _files.c.place, _files.c.bytes).where(mine)
    rows = tx.execute(query.order_by(_files.c.arrival, _files.c.entry)).all()
    # All of them or none: a photo whose own index is left out could be found in another folder's.
    if sum(row.bytes for row in rows) > _INDEX_BYTES:
        get_logger().warning("index_files_too_large", delivery_id=delivery_id)
        return FileMap()
    try:
        return merge([(row.path, blobs.read(row.sha256, row.place)) for row in rows])
    except (BlobMissing, BlobDamaged) as error:  # its photos are judged by their names; no other delivery waits for it
        get_logger().error("index_file_lost", delivery_id=delivery_id, trouble=str(error))
        return FileMap()


def _tell_unfinished(tx: Connection, url: str, delivery_id: int, sights: Sequence[Sight]) -> None:
    delivery = deliveries.find(tx, delivery_id) if sights else None
    untold = _untold(tx, delivery["vendor"], sights) if delivery else []
    if not delivery or not untold:
        return
    place = {"vendor": delivery["vendor"], "kind": "unfinished", "delivery_id": delivery_id}
    new = drops.record(tx, url, [drops.NewDrop(path=sight.path, **place) for sight in untold])
    drops.finish_unfinished(tx, delivery_id)
    tx.execute(insert(_files), [_unfinished_row(drop, sight) for drop, sight in zip(new, untold, strict=True)])


def _untold(tx: Connection, vendor: str, sights: Sequence[Sight]) -> list[Sight]:
    # Asked once for all of them: a vendor may leave tens of thousands, and others wait for the catalogue meanwhile.
    told = (_files.c.vendor == vendor) & (_files.c.state == FileState.UNFINISHED)
    known = {(path, size) for path, size in tx.execute(select(_files.c.path, _files.c.bytes).where(told))}
    return [sight for sight in sights if (sight.path, sight.size) not in known]


def _unfinished_row(drop: dict[str, Any], sight: Sight) -> dict[str, Any]:
    return {
        "delivery_id": drop["delivery_id"],
        "drop_id": drop["id"],
        "entry": 0,
        "vendor": drop["vendor"],
        "path": sight.path,
        "state": FileState.UNFINISHED,
        "arrival": drop["arrival"],
        "received_at": drop["recorded_at"],
        "judged_at": drop["recorded_at"],
        "sha256": "",
        "bytes": sight.size,
        "findings": [],
    }
