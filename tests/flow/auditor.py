"""The auditor: compares what was dropped with what became of it, after everything was killed again and again.

It believes nobody's word: not the pipeline's counts, but the vendor's files, the receipts, the blobs, the mails
as the mail server got them, and the bytes in the store. What is wrong is returned as sentences, all of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select

from pictureday.blobs import connect
from pictureday.catalogue import tables
from pictureday.messages import Queue
from tests.flow.district import District
from tests.flow.workload import OLDER, Dropped

__all__ = ["Auditor"]

_ONE_OF = {"superseded": OLDER, "replaced": OLDER}
_VENDORS = ("acme", "other")
_SCHOOLS = ("north", "south")


class Auditor:
    """Audits a district in which all work is done. `mails` are all that arrived, each as often as it did."""

    def __init__(self, district: District, dropped: Sequence[Dropped], mails: Iterable[bytes]) -> None:
        self._district = district
        self._dropped = dropped
        self._files = district.files()
        self._mails = [(body, message_from_bytes(body, policy=policy.default)) for body in mails]
        self._blobs = connect(district.settings.blobs.url)

    def troubles(self, *, after_a_night: bool = True) -> list[str]:
        """Everything that is not as it should be; the store is looked at once a night has been."""
        return [
            *self._verdicts(),
            *self._deliveries(),
            *(trouble for vendor in _VENDORS for trouble in self._receipts(vendor)),
            *(self._store() if after_a_night else ()),
            *self._told(),
            *self._arrived(),
            *self._left_over(after_a_night=after_a_night),
        ]

    def _verdicts(self) -> Iterator[str]:
        """Every dropped file has exactly one row, in the state and with the reason that it should have."""
        due = Counter((file.key, file.state, file.reason) for file in self._dropped)
        found = Counter(self._ended(row) for row in self._files)
        yield from (f"{count} too few: {end}" for end, count in (due - found).items())
        yield from (f"{count} too many: {end}" for end, count in (found - due).items())
        numbers = sorted(row["accepted_no"] for row in self._files if row["accepted_no"] is not None)
        # PostgreSQL's sequences have gaps where a transaction was killed.
        due_numbers = range(1, len(numbers) + 1) if self._district.catalogue.is_sqlite else set(numbers)
        if numbers != sorted(due_numbers):
            yield "some photo was accepted twice"

    def _ended(self, row: dict[str, Any]) -> tuple[tuple[str, str, str], str, str]:
        key = (row["vendor"], row["path"], row["sha256"])
        codes = [finding["code"] for finding in row["findings"]]
        expected = next((file.reason for file in self._dropped if file.key == key and file.reason in codes), None)
        reason = expected if expected is not None else ",".join(codes)
        return key, _ONE_OF.get(row["state"], row["state"]), reason

    def _deliveries(self) -> Iterator[str]:
        """Every delivery is closed, judged to the last photo, and told."""
        for row in self._district.deliveries():
            if row["state"] != "closed" or row["pending"] or row["told_at"] is None:
                yield f"delivery {row['id']} is {row['state']}, {row['pending']} pending, told {row['told_at']}"

    def _receipts(self, vendor: str) -> Iterator[str]:
        """Each delivery has one receipt, and together they name every file of the vendor once."""
        receipts = self._district.receipts(vendor)
        ids = [row["id"] for row in self._district.deliveries() if row["vendor"] == vendor]
        if [receipt["delivery"] for receipt in receipts] != ids:
            yield f"receipts of {vendor}: {[receipt['delivery'] for receipt in receipts]}, deliveries: {ids}"
        for totals in (receipt["totals"] for receipt in receipts):
            if totals["files"] != sum(count for state, count in totals.items() if state != "files"):
                yield f"a receipt of {vendor} does not add up: {totals}"
        due = Counter(file.path for file in self._dropped if file.vendor == vendor)
        told = Counter(line["path"] for receipt in receipts for line in receipt["files"])
        if told != due or sum(receipt["totals"]["files"] for receipt in receipts) != due.total():
            yield f"receipts of {vendor}: {dict(told - due)} too many, {dict(due - told)} too few"

    def _store(self) -> Iterator[str]:
        """One photo of each accepted student: the newest, with the bytes and the hash of its rendition."""
        due = {file.student: file.sha256 for file in self._dropped if file.state == "applied"}
        files = {row["id"]: row for row in self._files if row["state"] == "applied"}
        stored = self._district.store()
        if sorted(due) != [row["student_code"] for row in stored]:
            yield f"{len(stored)} rows in the store for {len(due)} accepted students"
        for row in stored:
            file = files.get(row["photo_id"])
            if file is None or file["sha256"] != due.get(row["student_code"]):
                yield f"the photo in force of {row['student_code']} is not its newest"
            elif not row["sha256"] == _sha(row["photo"]) == file["rendition"] == self._hash_of_rendition(file):
                yield f"the stored bytes of {row['student_code']} are not those of its rendition"
        replaced = sorted(row["id"] for row in self._files if row["state"] == "replaced")
        if replaced != [row["photo_id"] for row in self._district.history()]:
            yield f"the history does not hold the {len(replaced)} replaced photos"

    def _hash_of_rendition(self, file: dict[str, Any]) -> str:
        return _sha(self._blobs.read(file["rendition"], file["rendition_place"]))

    def _told(self) -> Iterator[str]:
        """Each report is in exactly one mail, and each mail was sent: on record and at the mail server."""
        with self._district.catalogue.read() as tx:
            reports = tx.execute(select(tables.reports)).all()
            mails = {row.id: row for row in tx.execute(select(tables.mails))}
        arrived = Counter(str(mail["Message-ID"]) for _, mail in self._mails)
        for row in reports:
            mail = mails.get(row.mail_id)
            if mail is None or mail.school_code != row.school_code or not arrived[mail.message_id]:
                yield f"report {row.id} to {row.school_code!r} was not sent"
        yield from (f"mail {row.id} is {row.state}" for row in mails.values() if row.state != "sent")
        known = {row.message_id: row.body for row in mails.values()}
        yield from (f"{name} arrived and is not on record" for name in arrived.keys() - known.keys())

    def _arrived(self) -> Iterator[str]:
        """Whatever came twice is one mail under one Message-ID, and each school reads of each of its photos once."""
        once = {str(mail["Message-ID"]): mail for _, mail in self._mails}
        if len(once) != len({_content(body) for body, _ in self._mails}):
            yield "one Message-ID stands over different mails, or one mail came under several"
        for school in _SCHOOLS:
            read = [row["file"] for mail in once.values() if school in mail["To"] for row in _attention(mail)]
            due = [row["path"] for row in self._files if row["school_code"] == school and row["state"] == "quarantined"]
            names = Counter(path.replace("!", "/").rpartition("/")[2] for path in due)
            if missing := names - Counter(read):
                yield f"{school} was not told of {dict(missing)}"
            if doubled := {name for name, count in Counter(read).items() if count > max(names[name], 1)}:
                yield f"{school} was told twice of {doubled}"

    def _left_over(self, *, after_a_night: bool) -> Iterator[str]:
        """Nothing is left lying: no file taken or not taken, no message said or parked, no drop in hand."""
        inboxes = self._district.inboxes
        waiting = () if after_a_night else (Queue.SYNC,)
        lying = [*(inboxes / ".taken").iterdir()]
        lying += [path for vendor in _VENDORS for path in self._district.inbox(vendor).rglob("*")]
        yield from (f"still there: {path.relative_to(inboxes)}" for path in lying)
        with self._district.catalogue.read() as tx:
            messages = tx.execute(select(tables.messages).where(tables.messages.c.queue.not_in(waiting))).all()
            drops = tx.execute(select(tables.drops).where(tables.drops.c.state != "done")).all()
        yield from (f"message {row.id} in {row.queue} is {row.state}: {row.last_error}" for row in messages)
        yield from (f"a drop is {row.state}: {row.path}" for row in drops)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _content(body: bytes) -> str:
    # Servers and clients may end the last line differently; nothing else may differ.
    return _sha(body.rstrip())


def _attention(mail: EmailMessage) -> Iterator[dict[str, str]]:
    for part in mail.iter_attachments():
        sheet = part.get_payload(decode=True)
        assert isinstance(sheet, bytes)
        rows = csv.DictReader(io.StringIO(sheet.decode("utf-8-sig")))
        yield from (row for row in rows if row["status"] == "needs attention")
