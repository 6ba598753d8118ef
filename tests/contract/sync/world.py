"""A small district for the sync's tests: one vendor, two schools, some students, and photos that were accepted."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select, update

import sync.tables
from pictureday import blobs
from pictureday.catalogue import Catalogue, messages, numbers, tables
from pictureday.config import load
from pictureday.messages import FileState, PhotoAccepted
from sync import MisisStore, Night

__all__ = ["FakeClock", "World"]

NOON = datetime(2026, 10, 5, 19, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        """The time it was set to."""
        return self.time

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return self.time.timestamp()


class World:
    """A catalogue, a store, blobs and a clock, with short ways to fill them and to look at them."""

    def __init__(self, folder: Path, catalogue_url: str, store_url: str) -> None:
        self.store_url = store_url
        self.catalogue = Catalogue.open(catalogue_url)
        self.store = MisisStore.open(store_url)
        self.blob_folder = folder / "blobs"
        self.blobs = blobs.connect(f"file:{self.blob_folder}")
        self.clock = FakeClock()
        self.settings = replace(load(), sync=replace(load().sync, batch=3))
        self._fill()

    def _fill(self) -> None:
        with self.catalogue.write() as tx:
            vendor = {"name": "lens", "state": "active", "created_at": NOON - timedelta(days=30)}
            tx.execute(insert(tables.vendors), vendor)
            tx.execute(insert(tables.schools), [{"code": "N", "name": "North"}, {"code": "S", "name": "South"}])
            flags = {"school_code": "N", "do_not_photograph": False, "no_release": False, "enrolled": True}
            tx.execute(insert(tables.students), [flags | {"code": f"00000{n}A000"} for n in range(10)])
            new = {"vendor": "lens", "inbox": "file:/v", "kind": "loose", "name": "", "state": "closed"}
            told = {"opened_at": NOON, "closed_at": NOON, "told_at": NOON}
            tx.execute(insert(tables.deliveries), new | told)

    def accept(self, code: str, content: bytes | None = None) -> int:
        """A photo of the student `code` that was accepted just now; its id."""
        data = content or uuid.uuid4().bytes
        with self.blobs.batch() as batch:
            sha256 = batch.put([data]).sha256
        with self.catalogue.write() as tx:
            arrival, number = numbers.draw(tx, "arrival", 1)[0], numbers.draw(tx, "accepted_no", 1)[0]
            place = {"delivery_id": 1, "vendor": "lens", "path": f"{code}.jpg", "arrival": arrival}
            drop = {"id": uuid.uuid4().hex, "inbox": "file:/v", "kind": "photo", "state": "done", "recorded_at": NOON}
            tx.execute(insert(tables.drops), place | drop)
            file = {"drop_id": drop["id"], "entry": 0, "state": "accepted", "received_at": NOON, "sha256": sha256}
            good = {"bytes": len(data), "student_code": code, "school_code": "N", "rendition": sha256}
            rest = {"width": 175, "height": 233, "accepted_no": number, "accepted_at": NOON}
            new = insert(tables.files).values(place | file | good | rest).returning(tables.files.c.id)
            photo_id = int(tx.execute(new).scalar_one())
            messages.say(tx, PhotoAccepted(photo_ids=(photo_id,)), vendor="lens")
        return photo_id

    def flag(self, code: str, **flags: Any) -> None:
        """A roster import changed this student."""
        with self.catalogue.write() as tx:
            tx.execute(update(tables.students).where(tables.students.c.code == code).values(flags))

    def move(self, photo_id: int, state: FileState) -> None:
        """Put a photo into `state`, as another stage would."""
        with self.catalogue.write() as tx:
            tx.execute(update(tables.files).where(tables.files.c.id == photo_id).values(state=state))

    def night(self, store: MisisStore | None = None, **more: Any) -> Night:
        """A night over this district, as another process would hold it."""
        return Night(
            catalogue=self.catalogue,
            store=store or self.store,
            blobs=self.blobs,
            settings=self.settings,
            clock=self.clock,
            **more,
        )

    def states(self) -> dict[int, str]:
        """The state of every photo."""
        with self.catalogue.read() as tx:
            return {row.id: row.state for row in tx.execute(select(tables.files.c.id, tables.files.c.state))}

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Every row of a table of the catalogue or of the store."""
        inside = table.metadata is sync.tables.metadata
        with self.store._reading() if inside else self.catalogue.read() as tx:
            return [dict(row) for row in tx.execute(select(table).order_by(*table.primary_key)).mappings()]

    def in_store(self) -> dict[str, int]:
        """The photo in force of each student in the store."""
        return {row["student_code"]: row["photo_id"] for row in self.rows(sync.tables.photos)}
