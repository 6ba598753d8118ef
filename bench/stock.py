"""Photos as they lie before a night: blobs on disk, and the rows of a catalogue in which they are accepted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count, groupby
from operator import attrgetter
from pathlib import Path

from sqlalchemy import Connection, insert

from pictureday import blobs
from pictureday.blobs import Part, Stored
from pictureday.catalogue import Catalogue, messages, numbers, tables
from pictureday.messages import BATCH, DeliveryState, FileState, PhotoAccepted
from tests.flow.district import code_of
from tests.photos import portrait, with_comment

__all__ = ["Stock", "fill", "stock"]

_FACES = 200
_ARCHIVE = 5_000  # photos of one delivery: "a normal Tuesday" (design, 4)


@dataclass(frozen=True, kw_only=True)
class Stock:
    """Photos as the blobs in a folder keep them, one for each student from number 0 on."""

    blobs: Path
    photos: Sequence[Stored]

    def part(self, photos: int) -> Stock:
        """The first `photos` of them."""
        return replace(self, photos=self.photos[:photos])

    def read(self, photos: Sequence[Stored]) -> Iterator[bytes]:
        """The bytes of these, as plainly as they can be read."""
        for holder, parts in groupby((Part.parse(photo.place) for photo in photos), attrgetter("holder")):
            with (self.blobs / holder[:2] / holder[2:]).open("rb") as pack:
                for part in parts:
                    pack.seek(part.at)
                    yield pack.read(part.length)


def stock(folder: Path, photos: int) -> Stock:
    """Put that many photos, each with bytes of its own, into the blobs in `folder`: about 20 kB each."""
    store = blobs.connect(f"file:{folder / 'blobs'}")
    faces = [_face(seed) for seed in range(min(_FACES, photos))]
    stored: list[Stored] = []
    for first in range(0, photos, BATCH):
        drawn = (
            with_comment(faces[number % _FACES], f"photo {number:08d}".encode())
            for number in range(first, min(first + BATCH, photos))
        )
        with store.batch() as batch:
            stored.extend(map(batch.add, drawn))
    return Stock(blobs=folder / "blobs", photos=stored)


def fill(catalogue: Catalogue, stocked: Stock) -> None:
    """Enter them as accepted, in deliveries of an archive each, with the messages that tell the sync of them."""
    for first in range(0, len(stocked.photos), _ARCHIVE):
        with catalogue.write() as tx:
            _enter(tx, first, stocked.photos[first : first + _ARCHIVE])


def _face(seed: int) -> bytes:
    size = (300, 400) if seed % 2 else (175, 233)
    return portrait(*size, seed=seed, bytes_between=(15_000, 30_600))


def _enter(tx: Connection, first: int, photos: Sequence[Stored]) -> None:
    now = datetime.now(UTC)
    zip_name, drop = f"autumn-{first}.zip", f"{first:032x}"
    place = {"vendor": "acme", "inbox": "file:vendors", "kind": "zip", "name": zip_name}
    told = {"state": DeliveryState.CLOSED, "opened_at": now, "closed_at": now, "told_at": now}
    delivery = tx.execute(insert(tables.deliveries).values(place | told).returning(tables.deliveries.c.id)).scalar_one()
    (arrival,) = numbers.draw(tx, "arrival", 1)
    mine = {"delivery_id": delivery, "vendor": "acme", "arrival": arrival}
    entered = {"id": drop, "inbox": "file:vendors", "path": zip_name, "kind": "archive", "state": "done"}
    tx.execute(insert(tables.drops).values(mine | entered | {"recorded_at": now, "removed": True}))
    verdicts = map(_verdict, map(code_of, count(first)), photos, numbers.draw(tx, "accepted_no", len(photos)))
    rows = [
        mine | verdict | {"drop_id": drop, "entry": entry, "path": f"{zip_name}!{verdict['student_code']}.jpg"}
        for entry, verdict in enumerate(verdicts, 1)
    ]
    query = insert(tables.files).returning(tables.files.c.id, sort_by_parameter_order=True)
    ids = [row.id for row in tx.execute(query, rows)]
    for at in range(0, len(ids), BATCH):
        messages.say(tx, PhotoAccepted(photo_ids=tuple(ids[at : at + BATCH])), vendor="acme")


def _verdict(code: str, photo: Stored, accepted_no: int) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "state": FileState.ACCEPTED,
        "received_at": now,
        "judged_at": now,
        "sha256": photo.sha256,
        "place": photo.place,
        "bytes": photo.size,
        "student_code": code,
        "school_code": "south" if int(code[:6]) % 2 else "north",
        "rendition": photo.sha256,
        "rendition_place": photo.place,
        "rendition_bytes": photo.size,
        "width": 300,
        "height": 400,
        "accepted_no": accepted_no,
        "accepted_at": now,
    }
