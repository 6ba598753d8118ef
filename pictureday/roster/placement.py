"""Which school a OneRoster student is at: four files have an opinion, and they may differ.

In order: an enrolment in force that is marked primary, the user's `primaryOrgSourcedId` (1.2), any enrolment in
force, the first school among `orgSourcedIds` (1.1) or the student roles (1.2, the primary one first), and
last an enrolment that is still to begin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from sys import intern

from pictureday.roster.plain import is_school_code
from pictureday.roster.records import School
from pictureday.roster.table import Line, Problems, Table

__all__ = ["Enrolment", "Orgs", "Place", "Role", "is_deleted", "place", "read_enrolments", "read_orgs", "read_roles"]

_TRUE = frozenset({"true", "1", "yes"})


@dataclass(frozen=True, kw_only=True)
class Orgs:
    """Schools by sourcedId. `whole`: an id that isn't listed is no school; else it may be a known school's code."""

    schools: Mapping[str, School] = field(default_factory=dict)
    others: frozenset[str] = frozenset()
    whole: bool = True

    def code(self, sourced_id: str) -> str | None:
        """The code of the school `sourced_id`, None where that is no school."""
        if school := self.schools.get(sourced_id):
            return school.code
        return None if self.whole or not sourced_id or sourced_id in self.others else sourced_id


@dataclass(frozen=True, slots=True, order=True)
class Enrolment:
    """A student's best enrolment: one in force before one to come, one marked primary, then the latest."""

    in_force: bool
    primary: bool
    begin: str
    school: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Role:
    """What roles.csv says of one user: the orgs of the student roles (primary first), or that there are others only."""

    orgs: tuple[str, ...]
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A student's school: its code ('' where nothing names one), and the codes that are just as possible."""

    school: str
    choices: frozenset[str] = frozenset()


def place(orgs: Orgs, enrolment: Enrolment | None, primary_org: str, listed: Sequence[str]) -> Place:
    """The school of a student. `primary_org` and `listed` are sourcedIds; '' and none where nothing is said."""
    enrolled = orgs.code(enrolment.school) if enrolment else None
    if enrolled and enrolment and enrolment.in_force and enrolment.primary:
        return Place(enrolled)
    if primary := orgs.code(primary_org):
        return Place(primary)
    if enrolled and enrolment and enrolment.in_force:
        return Place(enrolled)
    found = [code for sourced_id in listed if (code := orgs.code(sourced_id))]
    return Place(found[0], frozenset(found)) if found else Place(enrolled or "")


def is_deleted(line: Line) -> bool:
    """Whether a OneRoster line takes its subject away."""
    return line.get("status").casefold() == "tobedeleted"


def read_orgs(path: Path, problems: Problems, *, delta: bool) -> Orgs:
    """orgs.csv. A school's code is its `identifier`, or its `sourcedId` where that is empty."""
    table = Table(path, problems, required=("sourcedid", "name", "type"))
    schools: dict[str, School] = {}
    codes: set[str] = set()
    others: set[str] = set()
    for line in table:
        sourced_id, code = line.get("sourcedid"), line.get("identifier") or line.get("sourcedid")
        if line.get("type").casefold() != "school" or is_deleted(line):
            others.add(sourced_id)
        elif not is_school_code(code):
            table.wrong(line.number, "the school has no usable identifier.", "Write 1 to 64 characters.")
        elif code in codes:
            table.wrong(line.number, f"two schools have the identifier {code}.", "Each school needs its own.")
        else:
            schools[sourced_id] = School(code=code, name=line.text("name") or code)
            codes.add(code)
    return Orgs(schools=schools, others=frozenset(others), whole=not delta)


def read_enrolments(path: Path, problems: Problems, today: date) -> dict[str, Enrolment]:
    """The best enrolment of each student, by the user's sourcedId; ended and deleted ones don't count."""
    table = Table(path, problems, required=("schoolsourcedid", "usersourcedid", "role"))
    best: dict[str, Enrolment] = {}
    for line in table:
        if line.get("role").casefold() != "student" or is_deleted(line) or _has_ended(line, today):
            continue
        user, found = line.get("usersourcedid"), _enrolment(line, today)
        if user not in best or found > best[user]:
            best[user] = found
    return best


def read_roles(path: Path, problems: Problems, today: date) -> dict[str, Role]:
    """roles.csv (1.2): what is said of each user, by sourcedId."""
    table = Table(path, problems, required=("usersourcedid", "role", "orgsourcedid"))
    orgs: dict[str, tuple[str, ...]] = {}
    gone: set[str] = set()
    for line in table:
        user, org = line.get("usersourcedid"), intern(line.get("orgsourcedid"))
        before = orgs.setdefault(user, ())
        if line.get("role").casefold() != "student":
            continue
        if is_deleted(line) or _has_ended(line, today):
            gone.add(user)
        else:
            orgs[user] = (org, *before) if line.get("roletype").casefold() == "primary" else (*before, org)
    return {user: Role(orgs=found, is_gone=user in gone and not found) for user, found in orgs.items()}


def _enrolment(line: Line, today: date) -> Enrolment:
    begin = line.get("begindate")[:10]
    return Enrolment(
        in_force=begin <= today.isoformat(),
        primary=line.get("primary").casefold() in _TRUE,
        begin=begin,
        school=intern(line.get("schoolsourcedid")),
    )


def _has_ended(line: Line, today: date) -> bool:
    # ISO dates compare as text; an empty one has no end.
    end = line.get("enddate")[:10]
    return end != "" and end < today.isoformat()
