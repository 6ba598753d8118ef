"""The students of a roster file, by code, on disk: a district's are too many to hold while they are compared.

SQLite keeps them in a file of its own that nobody sees, and that is gone when the shelf is, however that comes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

from pictureday.errors import Outage
from pictureday.roster.records import Student

__all__ = ["Shelf", "in_order"]

_TABLE = """
CREATE TABLE students (
    code TEXT PRIMARY KEY, school_code, name, grade, enrolled, do_not_photograph, no_release, line, choices
)
"""
_cells = attrgetter("code", "school_code", "name", "grade", "enrolled", "do_not_photograph", "no_release", "line")
_ADD = "INSERT OR IGNORE INTO students VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT = "REPLACE INTO students VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_APART = "\x1f"  # between school codes, none of which has a character that can't be shown


class Shelf(Mapping[str, Student]):
    """A mapping, in the order in which students came. Raises `Outage` where the temporary folder has no room."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE"):
            self._rows.execute(f"PRAGMA {statement}")
        self._rows.execute(_TABLE)
        self._rows.execute("BEGIN")  # never committed: nothing need outlive us

    def add(self, student: Student) -> bool:
        """Put a student on the shelf unless there is one of this code; whether there was none."""
        with _in_our_words():
            return self._rows.execute(_ADD, _stored(student)).rowcount == 1

    def put(self, student: Student) -> None:
        """Put a student on the shelf, in the place of the one of this code."""
        with _in_our_words():
            self._rows.execute(_PUT, _stored(student))

    def all(self) -> Iterator[Student]:
        """Every student in order of the codes, one after the other."""
        return map(_student, self._rows.execute("SELECT * FROM students ORDER BY code"))

    def __getitem__(self, code: str) -> Student:
        row = self._rows.execute("SELECT * FROM students WHERE code = ?", (code,)).fetchone()
        if row is None:
            raise KeyError(code)
        return _student(row)

    def __iter__(self) -> Iterator[str]:
        return (code for (code,) in self._rows.execute("SELECT code FROM students ORDER BY rowid"))

    def __len__(self) -> int:
        return int(self._rows.execute("SELECT count(*) FROM students").fetchone()[0])


def in_order(students: Mapping[str, Student]) -> Iterator[Student]:
    """`students` in order of their codes; those on a shelf are read as they are asked for."""
    if isinstance(students, Shelf):
        return students.all()
    return (students[code] for code in sorted(students))


def _stored(student: Student) -> tuple[Any, ...]:
    return (*_cells(student), _APART.join(sorted(student.choices)))


def _student(row: tuple[Any, ...]) -> Student:
    code, school_code, name, grade, enrolled, photograph, release, line, choices = row
    return Student(
        code=code,
        school_code=school_code,
        name=name,
        grade=grade,
        enrolled=bool(enrolled),
        do_not_photograph=None if photograph is None else bool(photograph),
        no_release=None if release is None else bool(release),
        choices=frozenset(choices.split(_APART)) if choices else frozenset(),
        line=line,
    )


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        said = f"The roster can't be kept in a temporary file: {error}."
        raise Outage(said, fix="Free some space there.") from error
