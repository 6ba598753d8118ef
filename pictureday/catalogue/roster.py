"""The roster in the catalogue: schools, students and contacts.

Every statement handles many rows at once and reads in the order of an index, so that 420,000 students
cost neither a query each nor the memory of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, TextClause, bindparam, delete, insert, select, text, update

from pictureday.catalogue import tables
from pictureday.messages import FileState

__all__ = [
    "Photo",
    "StudentRow",
    "add_students",
    "after",
    "change_students",
    "contacts_of",
    "lock_import",
    "name_schools",
    "open_schools",
    "pages",
    "photos_of",
    "replace_contacts",
    "schools",
    "take_off",
    "wait_for_import",
]

Item = TypeVar("Item")

_students = tables.students
_files = tables.files
_LOCK = 7_202_612  # any number that is ours: two imports at once would each undo the other's view
_MANY = 5000  # rows in one statement
_PAGE = 1000  # students of an export in memory at a time

# The states that say where a student's photo stands; all others are history, or no photo of theirs.
_TELLING = (FileState.RECEIVED, FileState.ACCEPTED, FileState.APPLIED, FileState.QUARANTINED, FileState.HELD)


class StudentRow(NamedTuple):
    """A student as the catalogue has one."""

    code: str
    school_code: str
    name: str
    grade: str
    do_not_photograph: bool
    no_release: bool
    enrolled: bool


class Photo(NamedTuple):
    """What one photo says about where its student stands. `findings` are as stored."""

    student_code: str
    state: str
    findings: Sequence[Mapping[str, Any]]
    applied_at: datetime | None


_COLUMNS = [_students.c[name] for name in StudentRow._fields]


def lock_import(tx: Connection) -> None:
    """Let one import at a time go on; SQLite has one writer at a time anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def wait_for_import(tx: Connection) -> None:
    """Wait for an import that is at work, and hold up the next one until `tx` ends.

    For whoever finds a student missing: an import looks for photos that its students clear, and must see this one.
    Take it before any student's row, because an import does. PostgreSQL; SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock_shared(:number)"), {"number": _LOCK})


def schools(tx: Connection) -> dict[str, str]:
    """Every school's name, by its code."""
    rows = tx.execute(select(tables.schools.c.code, tables.schools.c.name))
    return {row.code: row.name for row in rows}


def name_schools(tx: Connection, names: Mapping[str, str]) -> None:
    """Add schools, by code, or give those that are known this name."""
    _put_schools(tx, _NAME_SCHOOL, names)


def open_schools(tx: Connection, codes: Iterable[str]) -> None:
    """Add schools of which only the code is known; those that are there stay as they are."""
    _put_schools(tx, _OPEN_SCHOOL, {code: code for code in codes})


_OPEN_SCHOOL = text("INSERT INTO schools (code, name) VALUES (:code, :name) ON CONFLICT (code) DO NOTHING")
_NAME_SCHOOL = text(
    "INSERT INTO schools (code, name) VALUES (:code, :name) ON CONFLICT (code) DO UPDATE SET name = excluded.name"
)


def _put_schools(tx: Connection, query: TextClause, names: Mapping[str, str]) -> None:
    rows = [{"code": code, "name": name} for code, name in sorted(names.items())]
    if rows:
        tx.execute(query, rows)


def after(tx: Connection, code: str, most: int) -> list[StudentRow]:
    """At most so many students, also those who left, that follow `code`, in order of their codes."""
    query = select(*_COLUMNS).where(_students.c.code > code).order_by(_students.c.code).limit(most)
    return [StudentRow(*row) for row in tx.execute(query)]


def add_students(tx: Connection, rows: Sequence[StudentRow]) -> None:
    """Insert students who are not there yet."""
    for part in _parts(sorted(rows)):
        tx.execute(insert(_students), [row._asdict() for row in part])


def change_students(tx: Connection, rows: Sequence[StudentRow]) -> None:
    """Give students who are there new values; in order of their codes, as everyone locks them."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in StudentRow._fields if name != "code"}
    query = update(_students).where(_students.c.code == bindparam("new_code")).values(**values)
    for part in _parts(sorted(rows)):
        tx.execute(query, [{f"new_{name}": value for name, value in row._asdict().items()} for row in part])


def take_off(tx: Connection, codes: Sequence[str]) -> None:
    """Mark students as no longer enrolled; they stay, so that history still has its student."""
    for part in _parts(sorted(codes)):
        tx.execute(update(_students).where(_students.c.code.in_(part)).values(enrolled=False))


def replace_contacts(tx: Connection, rows: Sequence[Mapping[str, str]]) -> None:
    """Make `rows` (`school_code`, `email`, `role`) the contacts of all schools."""
    tx.execute(delete(tables.contacts))
    for part in _parts(rows):
        tx.execute(insert(tables.contacts), [dict(row) for row in part])


def contacts_of(tx: Connection, school_code: str) -> list[dict[str, str]]:
    """Who gets this school's reports (`email`, `role`), principals first."""
    table = tables.contacts
    query = select(table.c.email, table.c.role).where(table.c.school_code == school_code)
    rows = tx.execute(query.order_by(table.c.role.desc(), table.c.email)).mappings()
    return [dict(row) for row in rows]


def pages(tx: Connection, school_code: str | None = None) -> Iterator[list[StudentRow]]:
    """The enrolled students, of one school or of all, in order of their codes, a page at a time."""
    query = select(*_COLUMNS).where(_students.c.enrolled).order_by(_students.c.code).limit(_PAGE)
    if school_code is not None:
        query = query.where(_students.c.school_code == school_code)
    last = ""
    while page := [StudentRow(*row) for row in tx.execute(query.where(_students.c.code > last))]:
        yield page
        last = page[-1].code


def photos_of(tx: Connection, codes: Sequence[str]) -> list[Photo]:
    """The photos that say where these students stand, each student's in order of arrival."""
    columns = [_files.c[name] for name in Photo._fields]
    query = select(*columns).where(_files.c.student_code.in_(codes), _files.c.state.in_(_TELLING))
    rows = tx.execute(query.order_by(_files.c.student_code, _files.c.arrival, _files.c.entry))
    return [Photo(*row) for row in rows]


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[at : at + _MANY] for at in range(0, len(items), _MANY))
