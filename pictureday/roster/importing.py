"""An import: a roster file becomes the catalogue's roster in one transaction, or nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import islice

from sqlalchemy import Connection

from pictureday.catalogue import audit, rejudge
from pictureday.catalogue import roster as table
from pictureday.errors import UserError
from pictureday.names import shown
from pictureday.roster.diff import Changes, Summary, compare
from pictureday.roster.records import RosterFile, Student
from pictureday.roster.shelf import in_order

__all__ = ["Imported", "import_roster"]

_SHOWN = 20
_PART = 5000  # students compared at a time
_BEHIND_ALL = "~"  # no code comes after it


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did: students by what happened to them, and how many photos are judged again."""

    format: str
    students: dict[str, int] = field(default_factory=dict)
    schools: int = 0  # that there are now
    contacts: int | None = None  # None where the folder had no contacts.csv
    judged_again: int = 0


def import_roster(
    tx: Connection, roster: RosterFile, *, most_dropped: float, who: str, force: bool = False
) -> Imported:
    """Make `roster` the truth, in the write transaction `tx`. Who is gone from a whole roster stays, not enrolled.

    Raises `UserError`, to be let through so that `tx` rolls back, where more than the share `most_dropped`
    of the students would leave (unless `force`), or where a school is named that nobody knows.
    """
    table.lock_import(tx)
    summary = Summary()
    for changes in _parts(tx, roster):
        summary.add(changes)
    if not force:
        summary.refuse_great_loss(most_dropped)
    known = _schools(tx, roster, summary.schools)
    contacts = _contacts(tx, roster, known)
    done = Imported(
        format=roster.format,
        students=dict(summary.counts),
        schools=len(known),
        contacts=contacts,
        judged_again=sum(_apply(tx, changes) for changes in _parts(tx, roster)) if summary.changes else 0,
    )
    audit.record(tx, who=who, action="roster_imported", why="forced" if force else "", detail=asdict(done))
    return done


def _parts(tx: Connection, roster: RosterFile) -> Iterator[Changes]:
    """What changes, for one range of codes after the other: neither side is ever in memory as a whole."""
    listed, waiting, last = in_order(roster.students), list[Student](), ""
    while True:
        known = table.after(tx, last, _PART)
        waiting += islice(listed, _PART - len(waiting))
        # A side that isn't full has come to its end, and sets no limit.
        last = min((side[-1].code for side in (known, waiting) if len(side) == _PART), default=_BEHIND_ALL)
        here = {student.code: student for student in waiting if student.code <= last}
        yield compare([row for row in known if row.code <= last], replace(roster, students=here))
        if last == _BEHIND_ALL:
            return
        waiting = waiting[len(here) :]


def _apply(tx: Connection, changes: Changes) -> int:
    """Write one part; how many photos are judged again."""
    table.add_students(tx, changes.added)
    table.change_students(tx, changes.updates())
    table.take_off(tx, changes.left)
    return rejudge.of_students(tx, changes.to_judge_again())


def _schools(tx: Connection, roster: RosterFile, named: set[str]) -> dict[str, str]:
    table.name_schools(tx, {school.code: school.name for school in roster.schools})
    if roster.opens_schools:
        table.open_schools(tx, named)
    known = table.schools(tx)
    _refuse_unknown(named - known.keys(), "students", "Export that school in the same roster (orgs.csv, schools.csv).")
    return known


def _contacts(tx: Connection, roster: RosterFile, known: dict[str, str]) -> int | None:
    if roster.contacts is None:
        return None
    unknown = {contact.school_code for contact in roster.contacts} - known.keys()
    _refuse_unknown(unknown, "contacts.csv", "Write school codes as the roster has them.")
    rows = [{"school_code": one.school_code, "email": one.email, "role": one.role} for one in roster.contacts]
    table.replace_contacts(tx, rows)
    return len(rows)


def _refuse_unknown(codes: set[str], where: str, fix: str) -> None:
    if codes:
        some = ", ".join(shown(code, longest=64) for code in sorted(codes)[:_SHOWN])
        more = f" and {len(codes) - _SHOWN:,} more" if len(codes) > _SHOWN else ""
        raise UserError(f"Unknown schools in {where}: {some}{more}. Nothing was imported.", fix=fix)
