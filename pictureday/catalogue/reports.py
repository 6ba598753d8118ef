"""Reports: what each school (or ops, as school '') was told about each delivery, and what is still to tell.

A report is due while it has no mail. Making the mail and saying so on the report are one transaction,
so a report is told once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from pictureday.catalogue import tables
from pictureday.catalogue.messages import MessageState
from pictureday.messages import DeliveryState, DeliveryToTell, Queue, encode

__all__ = [
    "contacts_of",
    "due",
    "insert_report",
    "latest",
    "mailed",
    "mailed_before",
    "mark_told",
    "names_of",
    "school_name",
    "schools_due",
    "unsaid",
    "untold",
]

_table = tables.reports
_MOST_UNTOLD = 500  # in one sweep; the next one takes the rest


def names_of(tx: Connection, delivery_id: int) -> dict[str, str]:
    """The names of the students of a delivery's files, by student code."""
    students, files = tables.students, tables.files
    joined = select(students.c.code, students.c.name).join(files, files.c.student_code == students.c.code)
    rows = tx.execute(joined.where(files.c.delivery_id == delivery_id).distinct())
    return {row.code: row.name for row in rows}


def latest(tx: Connection, delivery_id: int) -> dict[str, Mapping[str, Any]]:
    """The content of each school's newest report about a delivery, by school code."""
    query = select(_table.c.school_code, _table.c.content).where(_table.c.delivery_id == delivery_id)
    return {row.school_code: row.content for row in tx.execute(query.order_by(_table.c.revision))}


def insert_report(
    tx: Connection, *, delivery_id: int, school_code: str, revision: int, content: Mapping[str, Any], now: datetime
) -> None:
    """Write down what a school is to be told."""
    row = {"delivery_id": delivery_id, "school_code": school_code, "revision": revision}
    tx.execute(insert(_table), row | {"content": dict(content), "created_at": now})


def mark_told(tx: Connection, delivery_id: int, *, revision: int, now: datetime) -> None:
    """Say that a delivery's receipt and reports of this revision are made."""
    table = tables.deliveries
    tx.execute(update(table).where(table.c.id == delivery_id).values(revision=revision, told_at=now))


def untold(tx: Connection) -> list[tuple[int, str]]:
    """Complete deliveries that were never told, as (id, vendor); not those whose message is parked."""
    return _without_message(tx, (MessageState.PARKED,))


def unsaid(tx: Connection) -> list[tuple[int, str]]:
    """Complete deliveries that were never told and that no message tells of, as (id, vendor): a sweep's work."""
    return _without_message(tx, tuple(MessageState))


def schools_due(tx: Connection) -> list[str]:
    """The schools with reports that no mail tells yet, '' for ops."""
    query = select(_table.c.school_code).where(_table.c.mail_id.is_(None)).distinct()
    return list(tx.execute(query.order_by(_table.c.school_code)).scalars())


def due(tx: Connection, school_code: str) -> list[dict[str, Any]]:
    """A school's reports that no mail tells yet, oldest first, each with its delivery's words.

    `{"id", "delivery_id", "revision", "content", "vendor", "name", "kind", "closed_at"}`, where `vendor` is the
    title people know, and `name` is the zip's or folder's.
    """
    deliveries, vendors = tables.deliveries, tables.vendors
    title = func.coalesce(func.nullif(vendors.c.title, ""), vendors.c.name).label("vendor")
    own = (_table.c.id, _table.c.delivery_id, _table.c.revision, _table.c.content)
    query = select(*own, title, deliveries.c.name, deliveries.c.kind, deliveries.c.closed_at)
    query = query.join(deliveries, deliveries.c.id == _table.c.delivery_id).join(vendors)
    mine = query.where(_table.c.school_code == school_code, _table.c.mail_id.is_(None))
    return [dict(row) for row in tx.execute(mine.order_by(_table.c.delivery_id, _table.c.revision)).mappings()]


def mailed_before(tx: Connection, school_code: str, delivery_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """What the newest report in a mail said to this school, by delivery."""
    told = (_table.c.school_code == school_code) & _table.c.mail_id.is_not(None)
    query = select(_table.c.delivery_id, _table.c.content).where(told, _table.c.delivery_id.in_(delivery_ids))
    return {row.delivery_id: row.content for row in tx.execute(query.order_by(_table.c.revision))}


def mailed(tx: Connection, report_ids: Sequence[int], mail_id: int) -> None:
    """Say which mail tells these reports."""
    tx.execute(update(_table).where(_table.c.id.in_(report_ids)).values(mail_id=mail_id))


def contacts_of(tx: Connection, school_code: str) -> list[str]:
    """The addresses of a school's contacts, the principal's first."""
    table = tables.contacts
    query = select(table.c.email).where(table.c.school_code == school_code)
    return list(tx.execute(query.order_by(table.c.role != "principal", table.c.email)).scalars())


def school_name(tx: Connection, school_code: str) -> str:
    """What the school is called; its code where it has no name."""
    name = tx.execute(select(tables.schools.c.name).where(tables.schools.c.code == school_code)).scalar()
    return name or school_code


def _without_message(tx: Connection, states: Sequence[MessageState]) -> list[tuple[int, str]]:
    deliveries, messages = tables.deliveries, tables.messages
    ended = deliveries.c.state.in_((DeliveryState.CLOSED, DeliveryState.REFUSED))
    waiting = ended & deliveries.c.told_at.is_(None) & (deliveries.c.pending == 0)
    query = select(deliveries.c.id, deliveries.c.vendor).where(waiting).order_by(deliveries.c.id).limit(_MOST_UNTOLD)
    found = {encode(DeliveryToTell(delivery_id=row.id)): (row.id, row.vendor) for row in tx.execute(query)}
    of_queue = (messages.c.queue == Queue.VERDICTS) & messages.c.state.in_(states)
    said = set(tx.execute(select(messages.c.body).where(of_queue, messages.c.body.in_(list(found)))).scalars())
    return [delivery for body, delivery in found.items() if body not in said]
