"""A small district for the publisher's tests: one vendor, two schools, deliveries with files, and a mail folder."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select, update

from pictureday.bus import Taken
from pictureday.catalogue import Catalogue, messages, tables
from pictureday.config import Settings, load
from pictureday.mail import Mailer, Outcome
from pictureday.messages import DeliveryToTell, FileState, decode
from pictureday.reasons import Finding
from publish.worker import Publisher

__all__ = ["CODES", "NOON", "TOO_SMALL", "Mailbox", "World"]

NOON = datetime(2026, 10, 5, 19, 0, tzinfo=UTC)
CODES = [f"00000{number}A000" for number in range(10)]  # of school N; 9 is of school S
TOO_SMALL = Finding(code="too_small", facts={"bytes": 12003, "least": 15000})


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        """The time it was set to."""
        return self.time

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return self.time.timestamp()

    def forward(self, **more: float) -> None:
        """Move it on."""
        self.time += timedelta(**more)


class Mailbox:
    """A mailer that keeps what it gets, or first raises or answers what it is told to.

    While `killed`, its process dies when it has kept the mail.
    """

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.to: list[tuple[str, ...]] = []
        self.answers: list[Exception | Outcome] = []
        self.killed = False

    def send(self, body: bytes, recipients: Sequence[str]) -> Outcome:
        """Keep the mail."""
        answer = self.answers.pop(0) if self.answers else Outcome()
        if isinstance(answer, Exception):
            raise answer
        message = email.message_from_bytes(body, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        self.to.append(tuple(recipients))
        if self.killed:
            raise KeyboardInterrupt
        return answer

    def text(self, number: int) -> str:
        """The plain text of one mail."""
        body = self.got[number].get_body(("plain",))
        return str(body.get_content()) if body else ""

    def subjects(self) -> list[str]:
        """The subjects of all mails, in order."""
        return [str(message["Subject"]) for message in self.got]


class World:
    """A catalogue, a vendor's shelf, a mailbox and a clock, with short ways to fill them and to look at them."""

    def __init__(self, folder: Path, catalogue_url: str) -> None:
        self.catalogue = Catalogue.open(catalogue_url)
        self.clock = FakeClock()
        self.mailbox = Mailbox()
        self.root = folder / "vendors"
        self.receipts = self.root / "bright" / "receipts"
        self.receipts.parent.mkdir(parents=True)
        self._fill()

    def publisher(self, *, mailer: Mailer | None = None, **mail: Any) -> Publisher:
        """A publisher as another process would have one."""
        return Publisher(self.settings(**mail), self.catalogue, mailer=mailer or self.mailbox, clock=self.clock)

    def settings(self, **mail: Any) -> Settings:
        """The settings, with some of `mail` changed."""
        settings = load()
        domains = ("school.example", "district.example")
        given: dict[str, Any] = {"allowed_domains": domains, "retry": 30.0, "timeout": 30.0} | mail
        return replace(settings, mail=replace(settings.mail, **given))

    def _fill(self) -> None:
        with self.catalogue.write() as tx:
            vendor = {"name": "bright", "title": "Bright Smiles", "state": "active", "created_at": NOON}
            tx.execute(insert(tables.vendors), vendor)
            tx.execute(insert(tables.schools), [{"code": "N", "name": "North"}, {"code": "S", "name": "South"}])
            contact = {"school_code": "N", "email": "principal@school.example", "role": "principal"}
            tx.execute(insert(tables.contacts), contact)
            flags = {"do_not_photograph": False, "no_release": False, "enrolled": True}
            students = [
                flags | {"code": code, "school_code": "S" if code == CODES[9] else "N", "name": f"Student {n}"}
                for n, code in enumerate(CODES)
            ]
            tx.execute(insert(tables.students), students)

    def delivery(self, *files: tuple[str, FileState, str | None], say: bool = True, **more: Any) -> int:
        """A closed delivery with files of (path, state, school); with its message unless `say` is off."""
        row = {"vendor": "bright", "inbox": f"file:{self.root}", "kind": "zip", "name": "fall.zip", "state": "closed"}
        with self.catalogue.write() as tx:
            new = insert(tables.deliveries).values(row | {"opened_at": NOON, "closed_at": NOON} | more)
            delivery: int = tx.execute(new.returning(tables.deliveries.c.id)).scalar_one()
            for number, (path, state, school) in enumerate(files):
                self._file(tx, delivery, number, path, state, school)
            if say:
                messages.say(tx, DeliveryToTell(delivery_id=delivery), vendor="bright")
        return delivery

    def _file(self, tx: Any, delivery: int, number: int, path: str, state: FileState, school: str | None) -> None:
        drop = {"id": uuid.uuid4().hex, "delivery_id": delivery, "vendor": "bright", "inbox": "file:/v", "path": path}
        tx.execute(
            insert(tables.drops), drop | {"kind": "photo", "arrival": number, "state": "done", "recorded_at": NOON}
        )
        stem = path.removesuffix(".jpg")
        code = stem if stem in CODES else None
        findings = [TOO_SMALL.as_json()] if state == FileState.QUARANTINED else []
        row = {
            "delivery_id": delivery,
            "drop_id": drop["id"],
            "entry": 0,
            "vendor": "bright",
            "path": path,
            "state": state,
        }
        more = {"arrival": number, "received_at": NOON, "sha256": "0" * 64, "bytes": 1, "findings": findings}
        tx.execute(insert(tables.files), row | more | {"student_code": code, "school_code": school})

    def quarantined(self, *numbers: int) -> int:
        """A complete delivery with these students' photos in quarantine, told by a message."""
        return self.delivery(*((f"{CODES[n]}.jpg", FileState.QUARANTINED, "S" if n == 9 else "N") for n in numbers))

    def settle(self, path: str, state: FileState = FileState.ACCEPTED) -> None:
        """A file becomes something else, and its delivery is told again."""
        with self.catalogue.write() as tx:
            changed = update(tables.files).where(tables.files.c.path == path).values(state=state)
            delivery = tx.execute(changed.returning(tables.files.c.delivery_id)).scalar_one()
            messages.say(tx, DeliveryToTell(delivery_id=delivery), vendor="bright")

    def taken(self) -> Taken:
        """The oldest message, in our hands."""
        owner, table = uuid.uuid4().hex, tables.messages
        with self.catalogue.write() as tx:
            first = select(func.min(table.c.id)).scalar_subquery()
            row = tx.execute(update(table).where(table.c.id == first).values(owner=owner).returning(table)).one()
        return Taken(id=row.id, message=decode(row.body), attempts=1, vendor="bright", owner=owner)

    def handle_all(self, publisher: Publisher) -> None:
        """Handle every message there is."""
        while self.rows(tables.messages):
            publisher.handle(self.taken())

    def rows(self, table: Table) -> list[Any]:
        """Every row of `table`."""
        with self.catalogue.read() as tx:
            return list(tx.execute(select(table).order_by(*table.primary_key)).all())

    def receipt(self, delivery: int) -> dict[str, Any]:
        """The receipt as the vendor reads it."""
        whole: dict[str, Any] = json.loads((self.receipts / f"{delivery}-fall.zip.json").read_bytes())
        return whole

    def table(self, delivery: int) -> list[dict[str, str]]:
        """The receipt as the vendor's spreadsheet reads it."""
        with (self.receipts / f"{delivery}-fall.zip.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
