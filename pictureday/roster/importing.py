"""An import: a roster file becomes the catalogue's roster in one transaction, or nothing happens."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection

from pictureday.catalogue import audit, rejudge
from pictureday.catalogue import roster as table
from pictureday.errors import UserError
from pictureday.names import shown
from pictureday.roster.diff import Changes, compare
from pictureday.roster.records import RosterFile

__all__ = ["Imported", "import_roster"]

_SHOWN = 20


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
    changes = compare(table.all_students(tx), roster)
    if not force:
        changes.refuse_great_loss(most_dropped)
    known = _schools(tx, roster, changes)
    _students(tx, changes)
    done = Imported(
        format=roster.format,
        students=changes.counts(),
        schools=len(known),
        contacts=_contacts(tx, roster, known),
        judged_again=rejudge.of_students(tx, changes.to_judge_again()),
    )
    audit.record(tx, who=who, action="roster_imported", why="forced" if force else "", detail=asdict(done))
    return done


def _schools(tx: Connection, roster: RosterFile, changes: Changes) -> dict[str, str]:
    table.name_schools(tx, {school.code: school.name for school in roster.schools})
    named = {row.school_code for row in (*changes.added, *changes.updates())}
    if roster.opens_schools:
        table.open_schools(tx, named)
    known = table.schools(tx)
    _refuse_unknown(named - known.keys(), "students", "Export that school in the same roster (orgs.csv, schools.csv).")
    return known


def _students(tx: Connection, changes: Changes) -> None:
    table.add_students(tx, changes.added)
    table.change_students(tx, changes.updates())
    table.take_off(tx, changes.left)


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
