"""OneRoster CSV, 1.1 and 1.2: users who are students, read by column name (formats, c3).

1.1 has a user's role and orgs in users.csv, 1.2 in roles.csv. Which field is the 10-character code differs
from district to district: `roster.code_field` is `identifier`, `sourcedId`, or `userIds:<type>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from sys import intern

from pictureday.errors import ConfigError, UserError
from pictureday.names import as_code
from pictureday.roster.flags import FlagColumns
from pictureday.roster.placement import (
    Enrolment,
    Orgs,
    Place,
    Role,
    is_deleted,
    place,
    read_enrolments,
    read_orgs,
    read_roles,
)
from pictureday.roster.plain import is_grade
from pictureday.roster.records import Student
from pictureday.roster.table import Line, Problems, Table

__all__ = ["Manifest", "Users", "code_reader", "read_manifest"]

_OFF = frozenset({"false", "0", "no"})
_USER_ID = re.compile(r"\{([^:{}]*):([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What manifest.csv declares."""

    version: str
    delta: bool


def read_manifest(files: Mapping[str, Path], problems: Problems) -> Manifest:
    """The version and kind of the export; without a manifest a bulk export, 1.2 where it has a roles.csv."""
    said: dict[str, str] = {}
    if path := files.get("manifest.csv"):
        table = Table(path, problems, required=("propertyname", "value"))
        said = {line.get("propertyname").casefold(): line.get("value").casefold() for line in table}
    version = said.get("oneroster.version") or ("1.2" if "roles.csv" in files else "1.1")
    if not version.startswith(("1.1", "1.2")):
        raise UserError(f"manifest.csv says OneRoster {version}.", fix="Export OneRoster 1.1 or 1.2 CSV.")
    return Manifest(version=version[:3], delta=said.get("file.users") == "delta")


def code_reader(code_field: str) -> Callable[[Line], str]:
    """A function that finds the student code's text in a user's line; raises `ConfigError` on an unknown field."""
    if code_field in {"identifier", "sourcedId"}:
        return lambda line: line.get(code_field.casefold())
    kind, colon, wanted = code_field.partition(":")
    if kind != "userIds" or not colon or not wanted:
        raise ConfigError(
            f"The setting roster.code_field can't be {code_field!r}.",
            fix="Set it to identifier, sourcedId or userIds:<type>.",
        )
    return lambda line: dict(_user_ids(line)).get(wanted.casefold(), "")


@dataclass(frozen=True, kw_only=True)
class Users:
    """The files of one export beside users.csv, ready to be asked about each user."""

    orgs: Orgs
    code_of: Callable[[Line], str]
    delta: bool
    enrolments: Mapping[str, Enrolment] = field(default_factory=dict)
    roles: Mapping[str, Role] | None = None  # None in 1.1, where users.csv has the role

    @classmethod
    def of(
        cls, files: Mapping[str, Path], manifest: Manifest, problems: Problems, *, code_field: str, today: date
    ) -> Users:
        """Read what users.csv must be read with. Raises `UserError` where a file that is needed is missing."""
        needed = ["users.csv", *([] if manifest.delta else ["orgs.csv"])]
        needed += ["roles.csv"] if manifest.version == "1.2" and not manifest.delta else []
        if missing := [name for name in needed if name not in files]:
            raise UserError(f"The OneRoster export lacks {' and '.join(missing)}.", fix="Export these files too.")
        orgs, enrolments, roles = (files.get(f"{name}.csv") for name in ("orgs", "enrollments", "roles"))
        return cls(
            orgs=read_orgs(orgs, problems, delta=manifest.delta) if orgs else Orgs(whole=False),
            code_of=code_reader(code_field),
            delta=manifest.delta,
            enrolments=read_enrolments(enrolments, problems, today) if enrolments else {},
            roles=(read_roles(roles, problems, today) if roles else {}) if manifest.version == "1.2" else None,
        )

    def students(self, path: Path, problems: Problems) -> Iterator[Student]:
        """The students in users.csv, as they come."""
        table = Table(path, problems, required=("sourcedid", *(("role",) if self.roles is None else ())))
        flags = FlagColumns(table)
        for line in table:
            role = self._role(line)
            if role is not None and (student := self._student(table, flags, line, role)):
                yield student

    def _role(self, line: Line) -> Role | None:
        # None: no student. In a delta a role that isn't listed has not changed, whatever it is.
        if self.roles is None:
            listed = line.get("orgsourcedids").split(",")
            return Role(tuple(org.strip() for org in listed)) if line.get("role").casefold() == "student" else None
        role = self.roles.get(line.get("sourcedid"), Role(()) if self.delta else None)
        return role if role and (role.orgs or role.is_gone or self._is_silent(line)) else None

    def _is_silent(self, line: Line) -> bool:
        return self.roles is not None and self.delta and line.get("sourcedid") not in self.roles

    def _student(self, table: Table, flags: FlagColumns, line: Line, role: Role) -> Student | None:
        gone = is_deleted(line) or role.is_gone or line.get("enableduser").casefold() in _OFF
        may_be_another = gone or self._is_silent(line)
        code = as_code(self.code_of(line))
        at = Place("") if may_be_another else self._place(line, role)
        if not may_be_another and not self._is_right(table, line, code, at):
            return None
        return None if code is None else self._record(flags, line, code, at, enrolled=not gone)

    def _place(self, line: Line, role: Role) -> Place:
        enrolment = self.enrolments.get(line.get("sourcedid"))
        return place(self.orgs, enrolment, line.get("primaryorgsourcedid"), role.orgs)

    def _is_right(self, table: Table, line: Line, code: str | None, at: Place) -> bool:
        if code is None:
            fix = "Write it like 000000X000, or set roster.code_field to the field that has it."
            table.wrong(line.number, "the student has no student code.", fix)
        elif not at.school:
            table.wrong(
                line.number, "the student is at no school that orgs.csv has.", "Export that school in orgs.csv too."
            )
        elif not is_grade(_grade(line)):
            table.wrong(line.number, "grades is too long.", "Write at most 16 characters.")
        else:
            return True
        return False

    def _record(self, flags: FlagColumns, line: Line, code: str, at: Place, *, enrolled: bool) -> Student:
        return Student(
            code=code,
            school_code=at.school,
            name=f"{line.text('givenname')} {line.text('familyname')}".strip(),
            grade=intern(_grade(line)),
            enrolled=enrolled,
            do_not_photograph=flags.read(line, "do_not_photograph"),
            no_release=flags.read(line, "no_release"),
            choices=at.choices if self.delta else frozenset(),
            line=line.number,
        )


def _grade(line: Line) -> str:
    return line.get("grades").partition(",")[0].strip()


def _user_ids(line: Line) -> Iterator[tuple[str, str]]:
    for kind, value in _USER_ID.findall(line.get("userids")):
        yield kind.strip().casefold(), value.strip()
