"""The sample district: three schools, two hundred students, two vendors, who may deliver what.

All of it is made up; the addresses end in `.example`, which no mail ever reaches (RFC 2606).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DISTRICT", "Contact", "District", "Grant", "School", "Student", "Vendor", "write_roster"]


@dataclass(frozen=True, kw_only=True)
class School:
    """A school and the grades it has."""

    code: str
    name: str
    grades: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Student:
    """One student; `seed` draws the portrait."""

    code: str
    school_code: str
    grade: str
    name: str
    seed: int
    do_not_photograph: bool = False
    no_release: bool = False


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Who gets a school's reports. `role` is `principal` or `designee`."""

    school_code: str
    email: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A photography company; `name` is its folder's name."""

    name: str
    title: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A principal's permission for one vendor at one school."""

    vendor: str
    school_code: str
    granted_by: str


@dataclass(frozen=True, kw_only=True)
class District:
    """Everything that must be known before the first photo comes."""

    schools: tuple[School, ...]
    students: tuple[Student, ...]
    contacts: tuple[Contact, ...]
    vendors: tuple[Vendor, ...]
    grants: tuple[Grant, ...]

    def students_of(self, school_code: str) -> tuple[Student, ...]:
        """The students of one school, in the roster's order."""
        return tuple(student for student in self.students if student.school_code == school_code)


def write_roster(folder: Path, district: District | None = None) -> None:
    """Write `students.csv`, `schools.csv` and `contacts.csv` (the plain roster format) into `folder`."""
    known = district or DISTRICT
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "schools.csv", ("school_code", "name"), ((school.code, school.name) for school in known.schools))
    _write(folder / "students.csv", _STUDENT_COLUMNS, map(_student_row, known.students))
    contacts = ((contact.school_code, contact.email, contact.role) for contact in known.contacts)
    _write(folder / "contacts.csv", ("school_code", "email", "role"), contacts)


_STUDENT_COLUMNS = ("student_code", "school_code", "grade", "status", "name", "do_not_photograph", "no_release")


def _student_row(student: Student) -> tuple[str, ...]:
    flags = ("yes" if flag else "no" for flag in (student.do_not_photograph, student.no_release))
    return (student.code, student.school_code, student.grade, "active", student.name, *flags)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


_SCHOOLS = (
    School(code="1101", name="Maple Grove Elementary", grades=("K", "1", "2", "3", "4", "5")),
    School(code="1202", name="Cedar Creek Middle", grades=("6", "7", "8")),
    School(code="1303", name="Harbor View High", grades=("9", "10", "11", "12")),
)
_SIZES = (82, 62, 56)  # students of each school
# The flags, by school and by the student's place in that school's list.
_DO_NOT_PHOTOGRAPH = {("1101", 81), ("1303", 55)}
_NO_RELEASE = {("1202", 5)}

_FIRST_NAMES = (
    "Amara", "Benjamin", "Camila", "Daniel", "Elena", "Farid", "Grace", "Hiro", "Isabella", "Jamal", "Keiko", "Liam",
    "Mateo", "Nadia", "Oliver", "Priya", "Quinn", "Rosa", "Samuel", "Tala", "Uma", "Victor", "Wren", "Ximena",
    "Yusuf", "Zoe", "Aiyana", "Bao", "Chloe", "Diego", "Emeka", "Fiona", "Gabriel", "Hana", "Ines", "Joshua", "Khadija",
)  # fmt: skip
_LAST_NAMES = (
    "Alvarez", "Brooks", "Chen", "Diallo", "Evans", "Flores", "Garcia", "Hassan", "Ito", "Johnson", "Kim", "Lopez",
    "Martinez", "Nguyen", "Okafor", "Patel", "Reyes", "Santos", "Tran", "Ueda", "Vasquez", "Williams", "Young",
)  # fmt: skip
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def _students() -> Iterator[Student]:
    seed = 0
    for school, size in zip(_SCHOOLS, _SIZES, strict=True):
        for place in range(size):
            yield _student(school, place, seed)
            seed += 1


def _student(school: School, place: int, seed: int) -> Student:
    # 37 first and 23 last names have no common factor: no name comes twice.
    first, last = _FIRST_NAMES[seed % len(_FIRST_NAMES)], _LAST_NAMES[seed % len(_LAST_NAMES)]
    return Student(
        code=f"{100_234 + 4_391 * seed:06d}{_LETTERS[seed % len(_LETTERS)]}{(17 + 83 * seed) % 1000:03d}",
        school_code=school.code,
        grade=school.grades[place % len(school.grades)],
        name=f"{first} {last}",
        seed=seed,
        do_not_photograph=(school.code, place) in _DO_NOT_PHOTOGRAPH,
        no_release=(school.code, place) in _NO_RELEASE,
    )


DISTRICT = District(
    schools=_SCHOOLS,
    students=tuple(_students()),
    contacts=(
        Contact(school_code="1101", email="principal.maplegrove@schools.example", role="principal"),
        Contact(school_code="1101", email="office.maplegrove@schools.example", role="designee"),
        Contact(school_code="1202", email="principal.cedarcreek@schools.example", role="principal"),
        Contact(school_code="1303", email="principal.harborview@schools.example", role="principal"),
        Contact(school_code="1303", email="yearbook.harborview@schools.example", role="designee"),
    ),
    vendors=(
        Vendor(name="brightside", title="Brightside", email="lab@brightside.example"),
        Vendor(name="lumen-studio", title="Lumen Studio", email="delivery@lumen-studio.example"),
    ),
    grants=(
        Grant(vendor="brightside", school_code="1101", granted_by="principal.maplegrove@schools.example"),
        Grant(vendor="brightside", school_code="1202", granted_by="principal.cedarcreek@schools.example"),
        Grant(vendor="lumen-studio", school_code="1303", granted_by="principal.harborview@schools.example"),
    ),
)
