"""Gathering: the reports a school has not read yet become one mail, at most one an hour and school.

The mail and the word on each report that this mail tells it are one transaction. What no school can be told
goes to the operators, by the same rule.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from sqlalchemy import Connection

from pictureday.catalogue import Catalogue, mails, notices, reports
from pictureday.clock import Clock
from pictureday.config import Settings
from pictureday.names import shown
from publish import digest, letter, rejection
from publish.part import Part, parts_of
from publish.report import OPS

__all__ = ["Gatherer"]

_REPORT, _DIGEST = "report", "digest"


class Gatherer:
    """Makes mails. `usable` picks the addresses out of some that may get mail."""

    def __init__(
        self, settings: Settings, catalogue: Catalogue, clock: Clock, usable: Callable[[Iterable[str]], Sequence[str]]
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._clock = clock
        self._usable = usable
        self._ops = usable(settings.mail.ops)

    def ready(self, tx: Connection) -> list[str]:
        """The schools that a mail could be made for now, '' for the operators; not those that had one this hour."""
        due = [school for school in reports.schools_due(tx) if school != OPS]
        reached = [school for school in due if self._contacts(tx, school)]
        ready = [school for school in reached if self._may_write(tx, _REPORT, school)]
        return ready + ([OPS] if self._ops_ready(tx, orphans=len(reached) < len(due)) else [])

    def gather(self, ready: Iterable[str]) -> int:
        """Make the mails that were `ready`, unless somebody else did; how many. Each is a transaction of its own."""
        return sum(self._gathered(school) for school in ready)

    def _gathered(self, school: str) -> bool:
        with self._catalogue.write() as tx:
            mails.alone(tx)
            if school not in self.ready(tx):  # another process was quicker
                return False
            if school == OPS:
                self._write_to_ops(tx)
            else:
                self._write_to_school(tx, school)
            return True

    def _write_to_school(self, tx: Connection, school: str) -> None:
        due = reports.due(tx, school)
        written = rejection.write(shown(reports.school_name(tx, school)), self._parts(tx, school, due), self._words())
        mail_id = self._post(tx, _REPORT, school, self._contacts(tx, school), written)
        reports.mailed(tx, [row["id"] for row in due], mail_id)

    def _write_to_ops(self, tx: Connection) -> None:
        orphans = {school: reports.due(tx, school) for school in reports.schools_due(tx) if self._is_orphan(tx, school)}
        own, noted = reports.due(tx, OPS), notices.untold(tx)
        told = digest.Digest(
            parts=self._parts(tx, OPS, own),
            orphans={_named(tx, school): self._parts(tx, school, due) for school, due in orphans.items()},
            notices=[notice["text"] for notice in noted],
        )
        mail_id = self._post(tx, _DIGEST, OPS, self._ops, digest.write(told, self._words()))
        reports.mailed(tx, [row["id"] for due in (own, *orphans.values()) for row in due], mail_id)
        notices.mark_told(tx, [notice["key"] for notice in noted])

    def _ops_ready(self, tx: Connection, *, orphans: bool) -> bool:
        if not self._ops or not self._may_write(tx, _DIGEST, OPS):
            return False
        return orphans or OPS in reports.schools_due(tx) or bool(notices.untold(tx))

    def _may_write(self, tx: Connection, kind: str, school: str) -> bool:
        last, now = mails.last_made(tx, kind=kind, school_code=school), self._clock.now()
        # A last mail in the future was made under a clock that has been set back.
        return last is None or not now - timedelta(seconds=self._settings.mail.school_interval) < last <= now

    def _contacts(self, tx: Connection, school: str) -> Sequence[str]:
        return self._usable(reports.contacts_of(tx, school))

    def _is_orphan(self, tx: Connection, school: str) -> bool:
        return school != OPS and not self._contacts(tx, school)

    def _parts(self, tx: Connection, school: str, due: Sequence[dict[str, Any]]) -> tuple[Part, ...]:
        told = reports.mailed_before(tx, school, [row["delivery_id"] for row in due])
        named = self._settings.mail.detail == "full"
        return parts_of(due, told, self._settings.district.zone, named=named)

    def _words(self) -> rejection.Words:
        district, mail = self._settings.district, self._settings.mail
        ask = next(iter(self._ops), "")
        return rejection.Words(district=shown(district.name), website=district.website, ask=ask, detail=mail.detail)

    def _post(self, tx: Connection, kind: str, school: str, to: Sequence[str], written: letter.Letter) -> int:
        now, name = self._clock.now(), self._message_id(kind)
        sender, ask = self._settings.mail.sender, next(iter(self._ops), "")
        envelope = letter.Envelope(sender=sender, recipients=to, reply_to=ask, message_id=name, at=_whole(now))
        body = letter.mail(written, envelope)
        return mails.add(tx, message_id=name, kind=kind, school_code=school, recipients=to, body=body, now=now)

    def _message_id(self, kind: str) -> str:
        domain = parseaddr(self._settings.mail.sender)[1].rpartition("@")[2]
        return f"<{kind}.{uuid.uuid4().hex}@{domain}>"


def _named(tx: Connection, school: str) -> str:
    return f"{shown(reports.school_name(tx, school))} ({shown(school)})"


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
