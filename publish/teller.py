"""Telling a complete delivery: its receipt on the vendor's shelf, its reports in the catalogue.

One transaction holds the delivery's lock, writes the reports, says *told* and deletes the message; the
receipt's files are written last before it commits. Killed before the commit, everything is done again and the
files are replaced by the same or newer ones; killed after it, nothing is left to do. (The other order could
commit *told* and lose the receipt.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from pictureday.catalogue import deliveries, files, messages, reports
from pictureday.messages import DeliveryState, DeliveryToTell
from publish.receipt import build, file_stem
from publish.report import Content, changes
from publish.shelf import Shelf, Shelves

__all__ = ["sweep", "tell"]

_ENDED = frozenset({DeliveryState.CLOSED, DeliveryState.REFUSED})


def tell(tx: Connection, delivery_id: int, *, now: datetime, shelves: Shelves) -> bool:
    """Tell what is new about a delivery; False where it is not complete or nothing changed since it was told.

    Raises `Outage` where the receipt can't be written; the caller's transaction must then be undone.
    """
    delivery = deliveries.lock(tx, [delivery_id]).get(delivery_id)
    if delivery is None or not _complete(delivery):
        return False
    rows = files.of_delivery(tx, delivery_id)
    changed = _changes(tx, delivery_id, rows)
    shelf = shelves.of(delivery["inbox"], delivery["vendor"])
    if not changed and _told_already(shelf, delivery, rows):
        return False
    revision = _tell(tx, delivery, changed, now)
    shelf.put(file_stem(delivery), build(delivery, rows, revision=revision))
    return True


def sweep(tx: Connection) -> int:
    """Say again which complete deliveries are untold, where no message says so any more; how many."""
    lost = reports.unsaid(tx)
    for delivery_id, vendor in lost:
        messages.say(tx, DeliveryToTell(delivery_id=delivery_id), vendor=vendor)
    return len(lost)


def _tell(
    tx: Connection,
    delivery: Mapping[str, Any],
    changed: Mapping[str, Content],
    now: datetime,
) -> int:
    revision: int = delivery["revision"] + 1
    for school, content in changed.items():
        reports.insert_report(
            tx, delivery_id=delivery["id"], school_code=school, revision=revision, content=content.as_json(), now=now
        )
    reports.mark_told(tx, delivery["id"], revision=revision, now=now)
    return revision


def _complete(delivery: Mapping[str, Any]) -> bool:
    return delivery["state"] in _ENDED and delivery["pending"] == 0


def _changes(tx: Connection, delivery_id: int, rows: Sequence[Mapping[str, Any]]) -> dict[str, Content]:
    before = {school: Content.from_json(stored) for school, stored in reports.latest(tx, delivery_id).items()}
    return changes(before, rows, reports.names_of(tx, delivery_id))


def _told_already(shelf: Shelf, delivery: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    if delivery["told_at"] is None:
        return False
    receipt = build(delivery, rows, revision=delivery["revision"])
    return shelf.holds(file_stem(delivery), receipt)
