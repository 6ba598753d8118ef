"""Quarantine actions: release, reject, retry. A person decides, and the trail says who and why.

A release is an acceptance like any other. Each action locks the deliveries, then the students, as a verdict
does, and an older photo never wins over a newer one. What keeps a photo out for the student's sake can't be released.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from pictureday.catalogue import Catalogue, audit, deliveries, files, rejudge, tables
from pictureday.catalogue.families import Families, as_photo, write_changes
from pictureday.errors import UserError
from pictureday.messages import FileState
from pictureday.names import student_code

__all__ = ["Decision", "reject", "release", "retry"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Who decides, and why; both go into the audit trail."""

    who: str
    why: str


def release(catalogue: Catalogue, photo_id: int, decision: Decision, *, student: str | None = None) -> FileState:
    """Accept a quarantined photo in spite of its reasons; `student` gives it the code that its name lacks.

    Returns what it became: accepted, or superseded by a newer one. Raises `UserError` where it must not be.
    """
    with catalogue.write() as tx:
        before = _found(tx, photo_id)
        _refuse_decided(before)
        code = _code(before, student)
        (row,) = _locked(tx, [photo_id], also=code)
        school = _school(tx, code)
        _refuse_hopeless(row)
        named = row | {"student_code": code, "school_code": school}
        files.change(tx, [{"id": photo_id, "student_code": code, "school_code": school}])
        families = Families(tx, [named])
        photo = as_photo(named)._replace(findings=())
        changes = families.settle(photo, chosen=True)
        write_changes(tx, changes, datetime.now(UTC))
        _record(tx, row, decision, "release")
        _tell(tx, families.touched | {row["delivery_id"]})
    return changes[0].state


def reject(catalogue: Catalogue, photo_ids: Sequence[int], decision: Decision) -> int:
    """Say for good that these quarantined photos are not used; returns how many."""
    with catalogue.write() as tx:
        rows = _locked(tx, photo_ids)
        files.change(tx, [{"id": row["id"], "state": FileState.REJECTED} for row in rows])
        for row in rows:
            _record(tx, row, decision, "reject")
        _tell(tx, {row["delivery_id"] for row in rows})
    return len(rows)


def retry(catalogue: Catalogue, photo_ids: Sequence[int], decision: Decision) -> int:
    """Have quarantined photos judged again, by the rules, roster and grants of now; returns how many."""
    with catalogue.write() as tx:
        rows = _locked(tx, photo_ids)
        for row in rows:
            _record(tx, row, decision, "retry")
        return rejudge.of_files(tx, [row["id"] for row in rows])


def _locked(tx: Connection, photo_ids: Sequence[int], *, also: str = "") -> list[dict[str, Any]]:
    """The photos' rows, with the locks of their deliveries and students, and of the student `also`."""
    before = [_found(tx, photo_id) for photo_id in sorted(set(photo_ids))]
    deliveries.lock(tx, sorted({row["delivery_id"] for row in before}))
    codes = {str(row["student_code"]) for row in before if row["student_code"]} | {also}
    table = tables.students
    tx.execute(select(table.c.code).where(table.c.code.in_(codes)).order_by(table.c.code).with_for_update()).all()
    rows = [_found(tx, row["id"]) for row in before]
    for row in rows:
        _refuse_decided(row)
    return rows


def _found(tx: Connection, photo_id: int) -> dict[str, Any]:
    row = files.find(tx, photo_id)
    if row is None:
        raise UserError(f"There is no photo {photo_id}.", fix="`pictureday quarantine list` shows their numbers.")
    return row


def _refuse_decided(row: dict[str, Any]) -> None:
    if row["state"] != FileState.QUARANTINED:
        raise UserError(f"Photo {row['id']} is not in quarantine; it is {row['state']}.", fix="Nothing was changed.")


def _code(row: dict[str, Any], student: str | None) -> str:
    if student is None and row["student_code"]:
        return str(row["student_code"])
    code = student_code(f"{student or ''}.jpg")
    if code is None:
        raise UserError(
            f"Photo {row['id']} needs a student.", fix="Say whose it is with --student CODE, like 000000X000."
        )
    return code


def _school(tx: Connection, code: str) -> str:
    table = tables.students
    query = select(table.c.school_code, table.c.do_not_photograph, table.c.enrolled).where(table.c.code == code)
    student = tx.execute(query).first()
    if student is None or not student.enrolled:
        raise UserError(
            "The roster has no such student.", fix="Import the roster first, or say another code with --student."
        )
    if student.do_not_photograph:
        raise UserError(
            "This student must not be photographed.", fix="Only a roster import can change that; reject the photo."
        )
    return str(student.school_code)


def _refuse_hopeless(row: dict[str, Any]) -> None:
    if row["rendition"] is None:
        raise UserError(
            f"Photo {row['id']} can't be released: no clean copy of it can be made.",
            fix="Reject it, and ask for another one.",
        )


def _record(tx: Connection, row: dict[str, Any], decision: Decision, action: str) -> None:
    reasons = [finding["code"] for finding in row["findings"]]
    audit.record(
        tx,
        who=decision.who,
        action=action,
        why=decision.why,
        file_id=row["id"],
        delivery_id=row["delivery_id"],
        detail={"reasons": reasons},
    )


def _tell(tx: Connection, delivery_ids: set[int]) -> None:
    for delivery_id in sorted(delivery_ids):
        deliveries.tell_again(tx, delivery_id)
