"""What the sync reads from the catalogue's photos, and what it writes there. Every function takes a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, update

from pictureday.catalogue import audit, deliveries, tables
from pictureday.messages import FileState, PhotoAccepted, Queue, decode
from sync.among import among
from sync.plan import Candidate, Hold, InForce, Student

__all__ = [
    "accepted_count",
    "candidates",
    "clear_feed",
    "hold",
    "in_force",
    "mark",
    "set_applied",
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
    query = select(*_CANDIDATE).where(_ACCEPTED, _files.c.accepted_no > after, _files.c.accepted_no <= upto)
    return _as_candidates(tx, query.order_by(_files.c.accepted_no).limit(limit))


def students(tx: Connection, codes: Iterable[str], *, lock: bool = True) -> dict[str, Student]:
    """The roster's rows of these students; locked until the transaction ends, always in the same order."""
    names = ("code", "school_code", "do_not_photograph", "no_release", "enrolled")
    table = tables.students
    query = select(*(table.c[name] for name in names)).where(among(tx, table.c.code, set(codes)))
    query = query.order_by(table.c.code)
    rows = tx.execute(query.with_for_update() if lock else query)
    return {row.code: Student(**dict(zip(names, row, strict=True))) for row in rows.all()}


def in_force(tx: Connection, codes: Iterable[str]) -> list[InForce]:
    """Every accepted or applied photo of these students."""
    columns = (_files.c.id, _files.c.student_code, _files.c.state, _files.c.arrival, _files.c.accepted_no)
    states = _files.c.state.in_((FileState.ACCEPTED, FileState.APPLIED))
    rows = tx.execute(select(*columns).where(states, among(tx, _files.c.student_code, set(codes))))
    return [_as_in_force(*row) for row in rows.all()]


def set_applied(tx: Connection, photo_ids: Collection[int], at: datetime) -> None:
    """These photos are in the store since `at`."""
    if photo_ids:
        change = update(_files).where(among(tx, _files.c.id, photo_ids))
        tx.execute(change.values(state=FileState.APPLIED, applied_at=at))


def set_state(tx: Connection, photo_ids: Collection[int], state: FileState) -> None:
    """Put these photos into `state`."""
    if photo_ids:
        tx.execute(update(_files).where(among(tx, _files.c.id, photo_ids)).values(state=state))


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


def _as_candidates(tx: Connection, query: Select[Any]) -> list[Candidate]:
    names = [column.name for column in _CANDIDATE]
    return [Candidate(**dict(zip(names, row, strict=True))) for row in tx.execute(query).all()]


def _as_in_force(photo_id: int, code: str, state: str, arrival: int, accepted_no: int | None) -> InForce:
    return InForce(
        photo_id=photo_id,
        student_code=code,
        applied=state == FileState.APPLIED,
        arrival=arrival,
        accepted_no=accepted_no or 0,
    )
