"""A district in a catalogue, photos in it, and verdicts on them: what the catalogue's tests need, in their words."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, text, update

from pictureday.catalogue import Catalogue, deliveries, drops, files, grants, messages, roster, tables, vendors
from pictureday.messages import DeliveryToTell, Message, PhotosReceived, Queue, decode
from pictureday.reasons import Finding
from validate.judged import Judged
from validate.verdict import Kept, Verdicts, give

__all__ = ["CODE", "Ground", "overlapping", "together"]

CODE = "000000A001"
INBOX = "file:/v"


class Ground:
    """Two schools, two students of `north` and one of `south`, the vendors `acme` (granted both) and `other` (none)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        with catalogue.write() as tx:
            roster.name_schools(tx, {"north": "North", "south": "South"})
            roster.add_students(tx, [student(CODE), student("000001A001"), student("000002A001", school="south")])
            for vendor in ("acme", "other"):
                vendors.add(tx, vendor, who="test", active=True)
            for school in ("north", "south"):
                grants.add(tx, "acme", school, by="principal", who="test")

    def delivery(self, *, kind: str = "zip", vendor: str = "acme", name: str = "drop.zip") -> int:
        """A new delivery, open."""
        with self.catalogue.write() as tx:
            return deliveries.opened(tx, inbox=INBOX, vendor=vendor, kind=kind, name=name)

    def close(self, delivery_id: int) -> None:
        """No more files come."""
        with self.catalogue.write() as tx:
            deliveries.close(tx, delivery_id)

    def photo(self, delivery_id: int, code: str | None = CODE, *, path: str = "", data: str = "") -> int:
        """A received photo in a delivery, of bytes of its own unless `data` names them; its id."""
        with self.catalogue.write() as tx:
            vendor = (deliveries.find(tx, delivery_id) or {})["vendor"]
            new = drops.NewDrop(vendor=vendor, path=path or f"{code}.jpg", kind="photo", delivery_id=delivery_id)
            (drop,) = drops.record(tx, INBOX, [new])
            own = {name: drop[name] for name in ("delivery_id", "vendor", "path", "arrival")}
            content = {"sha256": (data or uuid.uuid4().hex).ljust(64, "0"), "bytes": 20_000, "student_code": code}
            state = {"state": "received", "received_at": datetime.now(UTC), "findings": []}
            ids = files.insert_all(tx, [own | content | state | {"drop_id": drop["id"], "entry": 0}])
            deliveries.add_pending(tx, delivery_id, 1)
            drops.done(tx, drop["id"])
        return ids[drop["id"], 0]

    def dropped(self, code: str | None = CODE, *, vendor: str = "acme", data: str = "", path: str = "") -> int:
        """A received photo in a closed delivery of its own."""
        delivery_id = self.delivery(vendor=vendor)
        photo_id = self.photo(delivery_id, code, data=data, path=path)
        self.close(delivery_id)
        return photo_id

    def judge(self, *photo_ids: int, bad: Sequence[str] = ()) -> None:
        """The verdict on these photos, in one transaction, by bytes that are good or have the faults `bad`."""
        with self.catalogue.write() as tx:
            give(tx, self.verdicts(photo_ids, bad), feed=False)

    def verdicts(self, photo_ids: Sequence[int], bad: Sequence[str] = ()) -> Verdicts:
        """What the decoders said of these photos, with the rows as they are now."""
        found = Judged(findings=tuple(Finding(code=code) for code in bad), width=300, height=400)
        with self.catalogue.read() as tx:
            rows = files.find_all(tx, photo_ids)
        renditions = dict.fromkeys(photo_ids, Kept("f" * 64, "", 20000))
        return Verdicts(rows=rows, judged=dict.fromkeys(photo_ids, found), renditions=renditions)

    def state(self, photo_id: int) -> str:
        """What a photo is now."""
        return str(self.row(photo_id)["state"])

    def states(self, *photo_ids: int) -> list[str]:
        """What photos are now."""
        return [self.state(photo_id) for photo_id in photo_ids]

    def reasons(self, photo_id: int) -> list[str]:
        """The codes of a photo's findings."""
        return [stored["code"] for stored in self.row(photo_id)["findings"]]

    def row(self, photo_id: int) -> dict[str, Any]:
        """A photo's row."""
        with self.catalogue.read() as tx:
            return files.find(tx, photo_id) or {}

    def set_student(self, code: str = CODE, **values: Any) -> None:
        """A roster import changed this student."""
        with self.catalogue.write() as tx:
            tx.execute(update(tables.students).where(tables.students.c.code == code).values(**values))

    def said(self, queue: Queue) -> list[Message]:
        """The messages that wait in a queue, oldest first."""
        with self.catalogue.read() as tx:
            table = tables.messages
            found = tx.execute(select(table.c.body).where(table.c.queue == queue).order_by(table.c.id)).scalars()
            return [decode(body) for body in found]

    def told(self) -> list[int]:
        """The deliveries that are to be told, in the order they were said."""
        return [message.delivery_id for message in self.said(Queue.VERDICTS) if isinstance(message, DeliveryToTell)]

    def to_judge_again(self) -> list[int]:
        """The photos that are to be judged again."""
        found = [message for message in self.said(Queue.RECEIVED) if isinstance(message, PhotosReceived)]
        return [photo_id for message in found if message.again for photo_id in message.photo_ids]

    def forget_messages(self) -> None:
        """All that was said is done."""
        with self.catalogue.write() as tx:
            for queue in Queue:
                messages.clear(tx, queue, up_to=2**62)

    def trail(self, photo_id: int) -> list[tuple[str, str, str]]:
        """Who did what to a photo, and why."""
        with self.catalogue.read() as tx:
            rows = tx.execute(
                select(tables.audit).where(tables.audit.c.file_id == photo_id).order_by(tables.audit.c.id)
            )
            return [(row.who, row.action, row.why) for row in rows]


def student(code: str, *, school: str = "north") -> roster.StudentRow:
    """A student without flags."""
    return roster.StudentRow(
        code=code, school_code=school, name="", grade="", do_not_photograph=False, no_release=False, enrolled=True
    )


def together(*acts: Callable[[], object]) -> None:
    """Do these at the same time, each in a thread; raises what the first one raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(acts))

    def body(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)

    threads = [threading.Thread(target=body, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def overlapping(ground: Ground, first: Callable[[Connection], object], second: Callable[[], object]) -> None:
    """Do `first` in a transaction that commits when `second`, in a thread, waits for it or has ended. PostgreSQL."""
    thread = threading.Thread(target=second)
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ground.catalogue.write() as tx:
        first(tx)
        thread.start()
        while thread.is_alive() and not tx.execute(waiting).scalar_one():
            thread.join(0.02)
    thread.join()
