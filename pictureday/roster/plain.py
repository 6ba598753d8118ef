"""The plain roster: a CSV with `student_code,school_code,grade,status`, optionally name and flags; and schools.csv."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

from pictureday.names import as_code, shown
from pictureday.roster.flags import FlagColumns
from pictureday.roster.records import School, Student
from pictureday.roster.table import Line, Problems, Table

__all__ = ["is_grade", "is_school_code", "read_schools", "read_students"]

_ENROLLED = frozenset({"", "active", "a", "enrolled", "current"})
_GONE = frozenset({"inactive", "i", "left", "withdrawn", "transferred", "graduated", "not enrolled", "tobedeleted"})

_KNOWN = _ENROLLED | _GONE

_NO_CODE = ("school_code is empty, too long or can't be shown.", "Write 1 to 64 plain characters.")


@lru_cache(maxsize=4096)  # a district has hundreds of schools, and asks it for each student
def is_school_code(text: str) -> bool:
    """Whether `text` can be a school's code: 1 to 64 characters that are shown as they are."""
    return 0 < len(text) <= 64 and shown(text) == text


@lru_cache(maxsize=64)
def is_grade(text: str) -> bool:
    """Whether `text` can be a grade: at most 16 characters that are shown as they are."""
    return len(text) <= 16 and shown(text) == text


def read_schools(path: Path, problems: Problems) -> tuple[School, ...]:
    """schools.csv (`school_code,name`)."""
    table = Table(path, problems, required=("school_code", "name"))
    found: dict[str, School] = {}
    for line in table:
        code = line.get("school_code")
        if not is_school_code(code):
            table.wrong(
                line.number, "school_code is empty, too long or can't be shown.", "Write 1 to 64 plain characters."
            )
        elif code in found:
            table.wrong(line.number, f"the school {code} is listed twice.", "Keep one line for each school.")
        else:
            found[code] = School(code=code, name=line.text("name") or code)
    return tuple(found.values())


def read_students(path: Path, problems: Problems, schools: Collection[str] | None) -> Iterator[Student]:
    """The students in `path`, as they come. `schools` are the codes of schools.csv, None where there is none."""
    table = Table(path, problems, required=("student_code", "school_code"))
    flags = FlagColumns(table)
    for line in table:
        if _is_right(table, line, schools):
            yield _student(table, flags, line)


def _is_right(table: Table, line: Line, schools: Collection[str] | None) -> bool:
    before = line.get("school_code")
    checks = (
        (
            as_code(line.get("student_code")) is not None,
            "student_code is no student code.",
            "Write it like 000000X000.",
        ),
        (
            is_school_code(before),
            "school_code is empty, too long or can't be shown.",
            "Write 1 to 64 plain characters.",
        ),
        (
            schools is None or before in schools,
            f"school {shown(before, longest=64)} is not in schools.csv.",
            "Add it there.",
        ),
        (is_grade(line.get("grade")), "grade is too long or can't be shown.", "Write at most 16 plain characters."),
        (line.get("status").casefold() in _KNOWN, "status is unknown.", "Write active or inactive."),
    )
    wrong = next(((what, fix) for right, what, fix in checks if not right), None)
    if wrong:
        table.wrong(line.number, *wrong)
    return wrong is None


def _student(table: Table, flags: FlagColumns, line: Line) -> Student:
    return Student(
        code=as_code(line.get("student_code")) or "",
        school_code=line.get("school_code"),
        name=line.text("name") if "name" in table else None,
        grade=line.get("grade") if "grade" in table else None,
        enrolled=line.get("status").casefold() in _ENROLLED,
        do_not_photograph=flags.read(line, "do_not_photograph"),
        no_release=flags.read(line, "no_release"),
        line=line.number,
    )
