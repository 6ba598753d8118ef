"""What the sync reads from the catalogue's photos, and what it writes there. Every function takes a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, delete, func, select, update

from pictureday.catalogue import audit, deliveries, tables
from pictureday.messages import FileState, PhotoAccepted, Queue, decode
from sync.among import listed, wanted
from sync.plan import Candidate, Hold, InForce, Student

__all__ = [
    "accepted_count",
    "candidates",
    "clear_feed",
    "hold",
    "in_force",
    "mark",
    "set_applied",
    "set_back",
    "set_state",
    "students",
    "tell_again",
]

_files = tables.files
_ACCEPTED = _files.c.state == FileState.ACCEPTED
_CANDIDATE = (
    _files.c.id.label("photo_id"),
    _files.c.delivery_id,
    _files.c.student_code,
    _files.c.vendor,
    _files.c.arrival,
    _files.c.accepted_no,
    func.coalesce(_files.c.rendition, "").label("rendition"),
    _files.c.rendition_place.label("place"),
    _files.c.width,
    _files.c.height,
    _files.c.received_at,
)
_NEXT = (
    select(*_CANDIDATE)
    .where(_ACCEPTED, _files.c.accepted_no > bindparam("after"), _files.c.accepted_no <= bindparam("upto"))
    .order_by(_files.c.accepted_no)
    .limit(bindparam("limit"))
)
_STUDENT = ("code", "school_code", "do_not_photograph", "no_release", "enrolled")


def mark(tx: Connection) -> int:
    """The highest acceptance number that is committed; 0 where nothing waits."""
    return int(tx.execute(select(func.coalesce(func.max(_files.c.accepted_no), 0)).where(_ACCEPTED)).scalar_one())


def accepted_count(tx: Connection, upto: int | None = None) -> int:
    """How many photos wait for the sync, in all or up to a mark."""
    query = select(func.count()).select_from(_files).where(_ACCEPTED)
    query = query if upto is None else query.where(_files.c.accepted_no <= upto)
    return int(tx.execute(query).scalar_one())


def candidates(tx: Connection, *, after: int, upto: int, limit: int) -> list[Candidate]:
    """The next photos that wait, in the order of their acceptance."""
    names = [column.name for column in _CANDIDATE]
    rows = tx.execute(_NEXT, {"after": after, "upto": upto, "limit": limit}).all()
    return [Candidate(**dict(zip(names, row, strict=True))) for row in rows]


def students(tx: Connection, codes: Iterable[str], *, lock: bool = True) -> dict[str, Student]:
    """The roster's rows of these students; locked until the transaction ends, always in the same order."""
    rows = tx.execute(_students(tx.dialect.name, lock), wanted(set(codes))).all()
    return {row[0]: Student(**dict(zip(_STUDENT, row, strict=True))) for row in rows}


def in_force(tx: Connection, codes: Iterable[str]) -> list[InForce]:
    """Every accepted or applied photo of these students."""
    rows = tx.execute(_in_force(tx.dialect.name), wanted(set(codes))).all()
    return [_as_in_force(*row) for row in rows]


def set_applied(tx: Connection, photo_ids: Collection[int], at: datetime) -> None:
    """These photos are in the store since `at`."""
    _set(tx, photo_ids, FileState.APPLIED, at)


def set_back(tx: Connection, photo_ids: Collection[int], state: FileState) -> None:
    """What `set_applied` said of these photos is not so: put them into `state`."""
    _set(tx, photo_ids, state, None)


def set_state(tx: Connection, photo_ids: Collection[int], state: FileState) -> None:
    """Put these photos into `state`."""
    if photo_ids:
        tx.execute(_change(tx.dialect.name).values(state=state), wanted(photo_ids))


def hold(tx: Connection, held: Sequence[Hold]) -> None:
    """Keep these photos out, each with its finding and a line in the audit trail."""
    for code in sorted({decision.finding.code for decision in held}):
        ids = [decision.candidate.photo_id for decision in held if decision.finding.code == code]
        findings = [next(decision.finding.as_json() for decision in held if decision.finding.code == code)]
        tx.execute(update(_files).where(_files.c.id.in_(ids)).values(state=FileState.HELD, findings=findings))
    for decision in held:
        photo = decision.candidate
        why = decision.finding.code
        audit.record(tx, who="sync", action="held", why=why, file_id=photo.photo_id, delivery_id=photo.delivery_id)


def tell_again(tx: Connection, told: dict[int, dict[str, Any]], delivery_ids: Iterable[int]) -> None:
    """Say of each delivery that was told already that something in it changed. `told` are the locked rows."""
    for delivery_id in sorted(set(delivery_ids)):
        if told[delivery_id]["told_at"] is not None:
            deliveries.tell_again(tx, delivery_id)


def clear_feed(tx: Connection) -> int:
    """Remove the messages of the feed whose photos are all decided; how many these were."""
    feed = tables.messages
    rows = tx.execute(select(feed.c.id, feed.c.body).where(feed.c.queue == Queue.SYNC)).all()
    # Read after the messages: a photo whose message was seen is seen too.
    waiting = set(tx.execute(select(_files.c.id).where(_ACCEPTED)).scalars())
    done = [row.id for row in rows if waiting.isdisjoint(_photo_ids(row.body))]
    for start in range(0, len(done), 1000):
        tx.execute(delete(feed).where(feed.c.id.in_(done[start : start + 1000])))
    return len(done)


def _photo_ids(body: str) -> tuple[int, ...]:
    message = decode(body)
    return message.photo_ids if isinstance(message, PhotoAccepted) else ()


@cache
def _students(dialect: str, lock: bool) -> Select[Any]:
    table = tables.students
    query = select(*(table.c[name] for name in _STUDENT)).where(listed(table.c.code, dialect)).order_by(table.c.code)
    return query.with_for_update() if lock else query


@cache
def _in_force(dialect: str) -> Select[Any]:
    columns = (_files.c.id, _files.c.student_code, _files.c.state, _files.c.arrival, _files.c.accepted_no)
    # Of a state the index knows too many photos: where the database takes it to be rare, it looks up all of them for
    # each batch. As an expression it is only compared.
    states = (_files.c.state + "").in_((FileState.ACCEPTED, FileState.APPLIED))
    return select(*columns).where(states, listed(_files.c.student_code, dialect))


@cache
def _change(dialect: str) -> Update:
    return update(_files).where(listed(_files.c.id, dialect))


@cache
def _applied(dialect: str) -> Update:
    return _change(dialect).values(state=bindparam("new_state"), applied_at=bindparam("new_applied_at"))


def _set(tx: Connection, photo_ids: Collection[int], state: FileState, at: datetime | None) -> None:
    if photo_ids:
        values = {"new_state": state, "new_applied_at": at}
        tx.execute(_applied(tx.dialect.name), wanted(photo_ids) | values)


def _as_in_force(photo_id: int, code: str, state: str, arrival: int, accepted_no: int | None) -> InForce:
    return InForce(
        photo_id=photo_id,
        student_code=code,
        applied=state == FileState.APPLIED,
        arrival=arrival,
        accepted_no=accepted_no or 0,
    )
