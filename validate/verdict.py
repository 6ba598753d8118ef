"""The verdict transaction: everything a batch of judged photos changes, at once or not at all.

Locks are taken in one order everywhere: deliveries, then students (both ascending), then vendors. The roster,
the vendor and its grants are asked here, because a verdict counts what holds when it is given; and a change of
them waits for the verdict, because it judges again only what it finds in quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from pictureday.catalogue import deliveries, files, messages, roster, tables
from pictureday.catalogue.families import COLUMNS, Families, as_photo, write_changes
from pictureday.messages import FileState, PhotoQuarantined
from pictureday.names import code_hint
from pictureday.reasons import Finding
from pictureday.succession import Change
from validate.judged import Judged
from validate.standing import Standing, judge_standing

__all__ = ["Kept", "Verdicts", "give"]

_TO_JUDGE = {FileState.RECEIVED, FileState.QUARANTINED}

_roster = tables.students
_THESE = _roster.c.code.in_(bindparam("codes", expanding=True))
_KNOWN = select(_roster.c.code).where(_THESE)
_LOCKED = select(_roster).where(_THESE).order_by(_roster.c.code).with_for_update()


class Kept(NamedTuple):
    """A rendition that is safe: its hash, where it lies if it is no blob of its own, its size in bytes."""

    sha256: str
    place: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """A batch's rows as they were read, what the decoders say of each, and where its rendition is kept."""

    rows: Sequence[dict[str, Any]]
    judged: Mapping[int, Judged]
    renditions: Mapping[int, Kept]


def give(tx: Connection, verdicts: Verdicts, *, feed: bool) -> list[str]:
    """Give the verdicts, and say what follows from them; returns the reasons given, for the metrics.

    `feed`: whether somebody outside can watch the quarantine feed.
    """
    ids = [row["id"] for row in verdicts.rows]
    deliveries.lock(tx, sorted({row["delivery_id"] for row in verdicts.rows}))
    students = _students(tx, files.codes_of(tx, ids))
    # Read when all is locked: a later photo of the student may have settled one of these meanwhile.
    rows = [row for row in files.find_all(tx, ids, COLUMNS) if row["state"] in _TO_JUDGE]
    families = Families(tx, rows)
    standing = _Standing(tx, students)
    for row in rows:
        families.settle(as_photo(row, _findings(row, verdicts.judged[row["id"]], standing)))
    _write(tx, rows, families.changes, verdicts, students)
    _say(tx, rows, families, feed=feed)
    return [finding.code for row in rows for finding in families.changes[row["id"]].findings]


def _students(tx: Connection, codes: set[str]) -> dict[str, Any]:
    wanted = {"codes": list(codes)}
    if codes - set(tx.execute(_KNOWN, wanted).scalars()):
        roster.wait_for_import(tx)
    return {row["code"]: row for row in tx.execute(_LOCKED, wanted).mappings().all()}


class _Standing:
    """What the roster and the grants say, asked once for each vendor."""

    def __init__(self, tx: Connection, students: dict[str, Any]) -> None:
        self._tx = tx
        self._students = students
        self._vendors: dict[str, tuple[bool, set[str]]] = {}

    def of(self, row: dict[str, Any]) -> Standing:
        """The standing of one photo's student and vendor."""
        active, schools = self._vendor(row["vendor"])
        if row["student_code"] is None:
            return Standing(vendor_active=active)
        student = self._students.get(row["student_code"])
        if student is None or not student["enrolled"]:
            return Standing(enrolled=False, vendor_active=active)
        granted = student["school_code"] in schools
        flag = bool(student["do_not_photograph"])
        return Standing(enrolled=True, do_not_photograph=flag, vendor_active=active, granted=granted)

    def _vendor(self, name: str) -> tuple[bool, set[str]]:
        if name not in self._vendors:
            vendors = tables.vendors
            query = select(vendors.c.state).where(vendors.c.name == name).with_for_update(read=True)
            state = self._tx.execute(query).scalar()
            table = tables.grants
            granted = select(table.c.school_code).where(table.c.vendor == name, table.c.revoked_at.is_(None))
            self._vendors[name] = (state == "active", set(self._tx.execute(granted).scalars()))
        return self._vendors[name]


def _findings(row: dict[str, Any], judged: Judged, standing: _Standing) -> tuple[Finding, ...]:
    # A code that the vendor's index gave is as good as a name; whoever has none can't be told apart.
    named = () if row["student_code"] else (_nameless(row),)
    return (*named, *judged.findings, *judge_standing(standing.of(row)))


def _nameless(row: dict[str, Any]) -> Finding:
    hint = code_hint(row["path"].rpartition("!")[2] if row["entry"] else row["path"])
    return Finding(code="bad_name", facts={"hint": hint})


def _write(
    tx: Connection,
    rows: Sequence[dict[str, Any]],
    changes: dict[int, Change],
    verdicts: Verdicts,
    students: dict[str, Any],
) -> None:
    judged_at = datetime.now(UTC)
    outcomes = {row["id"]: _outcome(row, verdicts, students, judged_at) for row in rows}
    write_changes(tx, list(changes.values()), judged_at, outcomes)


def _outcome(row: dict[str, Any], verdicts: Verdicts, students: dict[str, Any], judged_at: datetime) -> dict[str, Any]:
    judged, student = verdicts.judged[row["id"]], students.get(row["student_code"])
    kept = verdicts.renditions.get(row["id"])
    return {
        "judged_at": judged_at,
        "school_code": student["school_code"] if student else None,
        "width": judged.width,
        "height": judged.height,
        "rendition": kept.sha256 if kept else None,
        "rendition_place": kept.place if kept else "",
        "rendition_bytes": kept.size if kept else None,
    }


def _say(tx: Connection, rows: Sequence[dict[str, Any]], families: Families, *, feed: bool) -> None:
    quarantined = [row["id"] for row in rows if families.changes[row["id"]].state is FileState.QUARANTINED]
    if feed and quarantined:
        messages.say(tx, PhotoQuarantined(photo_ids=tuple(quarantined)))
    first = [row for row in rows if row["state"] == FileState.RECEIVED]
    for delivery_id in sorted({row["delivery_id"] for row in first}):
        deliveries.judged(tx, delivery_id, sum(row["delivery_id"] == delivery_id for row in first))
    # A delivery that hears of its last verdict just now needn't be told twice.
    for delivery_id in sorted(families.touched - {row["delivery_id"] for row in first}):
        deliveries.tell_again(tx, delivery_id)
