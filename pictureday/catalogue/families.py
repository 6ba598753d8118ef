"""Families: all photos of the students in a batch, so that each verdict sees the ones before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from pictureday.catalogue import files, messages, numbers, tables
from pictureday.messages import FileState, PhotoAccepted
from pictureday.names import base_name
from pictureday.reasons import Finding
from pictureday.succession import Change, Photo, settle

__all__ = ["COLUMNS", "Families", "as_photo", "write_changes"]

_table = tables.files
# What succession asks of a photo, and whose it is.
COLUMNS = ("id", "state", "arrival", "entry", "delivery_id", "vendor", "path", "sha256", "findings", "student_code")
_NOTHING: Mapping[str, Any] = {}
_NONE: Mapping[int, Mapping[str, Any]] = {}
# The states in which a photo has a say in what becomes of another one.
_ALIVE = (FileState.ACCEPTED, FileState.APPLIED, FileState.QUARANTINED, FileState.UNCHANGED)

_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_OF_ALL = select(*(_table.c[name] for name in COLUMNS))
# Of a state the index knows too many photos: where PostgreSQL takes it to be rare, it looks up all of them for each
# batch. As an expression it is only compared.
_OF_STUDENTS = _OF_ALL.where(_table.c.student_code.in_(_WANTED), (_table.c.state + "").in_(_ALIVE))
_OF_NOBODY = _OF_ALL.where(
    _table.c.sha256.in_(_WANTED), _table.c.student_code.is_(None), _table.c.state == FileState.QUARANTINED
)


def as_photo(row: dict[str, Any], findings: tuple[Finding, ...] | None = None) -> Photo:
    """A `files` row as succession sees it, with its findings or with these."""
    return Photo(
        file_id=row["id"],
        state=FileState(row["state"]),
        arrival=row["arrival"],
        entry=row["entry"],
        delivery_id=row["delivery_id"],
        vendor=row["vendor"],
        path=row["path"],
        sha256=row["sha256"],
        findings=files.findings_of(row) if findings is None else findings,
    )


class Families:
    """The photos around a batch of `rows`, and the `changes` that settling it makes.

    The caller holds the locks of the students. `touched` are the deliveries that a change is news to.
    """

    def __init__(self, tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
        self.changes: dict[int, Change] = {}
        self.touched: set[int] = set()
        self._keys = {row["id"]: _key(row) for row in rows}
        self._members: dict[str, dict[int, Photo]] = {key: {} for key in self._keys.values()}
        for row in _relatives(tx, rows):
            if (key := _key(row)) in self._members:
                self._members[key][row["id"]] = as_photo(row)

    def settle(self, photo: Photo, *, chosen: bool = False) -> list[Change]:
        """Settle one photo of the batch against its family; the family then is what it has become."""
        family = self._members[self._keys[photo.file_id]]
        before = family.pop(photo.file_id, None)
        changes = settle(photo, list(family.values()), chosen=chosen)
        family[photo.file_id] = photo
        for change in changes:
            self._apply(family, change, before)
        return changes

    def _apply(self, family: dict[int, Photo], change: Change, before: Photo | None) -> None:
        photo = family[change.file_id]
        was = before if before and before.file_id == change.file_id else photo
        if (was.state, was.findings) != (change.state, change.findings):
            self.touched.add(photo.delivery_id)
        family[change.file_id] = photo._replace(state=change.state, findings=change.findings)
        self.changes[change.file_id] = change


def write_changes(
    tx: Connection, changes: Sequence[Change], at: datetime, outcomes: Mapping[int, Mapping[str, Any]] = _NONE
) -> None:
    """Write states and findings; number what is accepted and say it to the sync.

    `outcomes`: what else is written of some of the files, by their id; all have the same columns.
    """
    accepted = [change.file_id for change in changes if change.state is FileState.ACCEPTED]
    numbered = dict(zip(accepted, numbers.draw(tx, "accepted_no", len(accepted)), strict=True))
    # One statement for all rows that get the same columns: a row is written once.
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for change in changes:
        row = {**_row(change), **outcomes.get(change.file_id, _NOTHING)}
        if change.file_id in numbered:
            row |= {"accepted_no": numbered[change.file_id], "accepted_at": at}
        alike.setdefault(tuple(row), []).append(row)
    for rows in alike.values():
        files.change(tx, rows)
    if accepted:
        messages.say(tx, PhotoAccepted(photo_ids=tuple(accepted)))


def _row(change: Change) -> dict[str, Any]:
    return {
        "id": change.file_id,
        "state": change.state,
        "findings": [finding.as_json() for finding in change.findings],
        "same_as": change.same_as,
    }


def _key(row: dict[str, Any]) -> str:
    # Without a student code only the very same file is a relative: same name, same bytes.
    return row["student_code"] or f"{row['vendor']}/{base_name(row['path'])}/{row['sha256']}"


def _relatives(tx: Connection, rows: Sequence[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    codes = {row["student_code"] for row in rows if row["student_code"]}
    nameless = {row["sha256"] for row in rows if not row["student_code"]}
    for query, wanted in ((_OF_STUDENTS, codes), (_OF_NOBODY, nameless)):
        if wanted:
            yield from (dict(row) for row in tx.execute(query, {"wanted": list(wanted)}).mappings().all())
