"""One batch, from the catalogue into the store, inside an open catalogue transaction.

The store commits first, then the caller's transaction: a crash in between leaves the ledger ahead, and
the next night catches the catalogue up. The other way round a photo could be *applied* and be nowhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from pictureday.catalogue import deliveries
from pictureday.log import get_logger
from pictureday.messages import FileState
from sync import records
from sync.plan import Apply, Candidate, Decision, Hold, InForce, Supersede, decide, former, still_accepted
from sync.store import MisisStore, Outcome, Photo
from sync.tally import Tally

__all__ = ["hand_over"]

_log = get_logger()
_Storing = Future[tuple[dict[int, Outcome], set[int]]]


def hand_over(
    tx: Connection,
    store: MisisStore,
    batch: Sequence[Candidate],
    renditions: Mapping[str, bytes],
    *,
    night_id: int,
    at: datetime,
    beside: Executor,
) -> Tally:
    """Decide on every photo of `batch` that is still accepted, and do it. `renditions` are bytes by sha256.

    A photo whose rendition is not there counts as failed and stays accepted. The store is written in a thread of
    `beside`. Raises `Outage`.
    """
    # Deliveries before students: the order in which a verdict takes them too.
    told = deliveries.lock(tx, sorted({photo.delivery_id for photo in batch}))
    codes = {photo.student_code for photo in batch}
    roster = records.students(tx, codes)
    in_force = records.in_force(tx, codes)
    decisions = decide(still_accepted(batch, in_force), roster, in_force)
    offered = [photo for decision in decisions if (photo := _photo(decision, renditions)) is not None]
    lost = sum(isinstance(decision, Apply) for decision in decisions) - len(offered)
    applied = _apply(tx, offered, in_force, at, partial(beside.submit, _store, store, offered, night_id, at))
    return applied + _put_aside(tx, decisions, told) + Tally(failed=lost)


def _photo(decision: Decision, renditions: Mapping[str, bytes]) -> Photo | None:
    if not isinstance(decision, Apply) or decision.candidate.rendition not in renditions:
        return None
    photo = decision.candidate
    return Photo(
        photo_id=photo.photo_id,
        student_code=photo.student_code,
        school_code=decision.school_code,
        photo=renditions[photo.rendition],
        sha256=photo.rendition,
        width=photo.width,
        height=photo.height,
        no_release=decision.no_release,
        vendor=photo.vendor,
        arrival=photo.arrival,
        received_at=photo.received_at,
    )


def _apply(
    tx: Connection, offered: Sequence[Photo], in_force: Sequence[InForce], at: datetime, begin: Callable[[], _Storing]
) -> Tally:
    if not offered:
        return Tally()
    ids = [photo.photo_id for photo in offered]
    # The two databases are busy at once: while the store stores and reads back, the catalogue writes what nearly always
    # is so. What is not is put right before anybody can see it, for the catalogue commits when all was read.
    storing = begin()
    try:
        records.set_applied(tx, ids, at)
    finally:
        outcomes, good = storing.result()
    older = [photo_id for photo_id in ids if outcomes[photo_id] is Outcome.OLDER]
    bad = [photo_id for photo_id in ids if photo_id not in good and outcomes[photo_id] is not Outcome.OLDER]
    records.set_back(tx, older, FileState.SUPERSEDED)
    records.set_back(tx, bad, FileState.ACCEPTED)
    in_place = {photo.student_code: photo.photo_id for photo in offered if photo.photo_id in good}
    records.set_state(tx, former(in_force, in_place), FileState.REPLACED)
    counts = Counter(outcomes[photo_id] for photo_id in good)
    return Tally(
        applied=counts[Outcome.APPLIED] + counts[Outcome.REPLACED],
        replaced=counts[Outcome.REPLACED],
        already=counts[Outcome.ALREADY],
        superseded=len(older),
        failed=len(bad),
    )


def _store(
    store: MisisStore, offered: Sequence[Photo], night_id: int, at: datetime
) -> tuple[dict[int, Outcome], set[int]]:
    """The outcome of each photo, and which were read back as they were sent."""
    outcomes = store.apply(offered, night_id=night_id, at=at)
    stored = [photo for photo in offered if outcomes[photo.photo_id] is not Outcome.OLDER]
    found = store.read_back(photo.photo_id for photo in stored)
    good = {photo.photo_id for photo in stored if found.get(photo.photo_id) == photo.sha256}
    for photo in stored:
        if photo.photo_id not in good:
            _log.error("photo_not_read_back", photo_id=photo.photo_id)
    return outcomes, good


def _put_aside(tx: Connection, decisions: Sequence[Decision], told: dict[int, dict[str, Any]]) -> Tally:
    held = [decision for decision in decisions if isinstance(decision, Hold)]
    superseded = [decision.candidate for decision in decisions if isinstance(decision, Supersede)]
    records.hold(tx, held)
    records.set_state(tx, [photo.photo_id for photo in superseded], FileState.SUPERSEDED)
    changed = [decision.candidate.delivery_id for decision in held] + [photo.delivery_id for photo in superseded]
    records.tell_again(tx, told, changed)
    return Tally(held=len(held), superseded=len(superseded))
