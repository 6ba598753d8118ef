"""A roster folder: which format it has, and all of it read, or one error that says everything wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from pictureday.config import Roster
from pictureday.errors import UserError
from pictureday.roster import oneroster
from pictureday.roster.contacts import read_contacts
from pictureday.roster.flags import read_flags
from pictureday.roster.plain import read_schools, read_students
from pictureday.roster.records import RosterFile, Student
from pictureday.roster.shelf import Shelf
from pictureday.roster.table import Problems

__all__ = ["read_roster"]

_BESIDE = frozenset({"contacts.csv", "flags.csv", "schools.csv"})
_PLAIN = ("students.csv", "roster.csv")


def read_roster(path: Path, settings: Roster, *, today: date | None = None) -> RosterFile:
    """The roster in the folder `path`, or in a single CSV. Enrolments are judged as of `today`.

    Raises `UserError` that lists up to twenty wrong lines with file, line and remedy; nothing was changed.
    """
    files = _files(path)
    problems = Problems()
    if "users.csv" in files or "manifest.csv" in files:
        return _oneroster(files, settings, problems, today or datetime.now(UTC).date())
    return _plain(files, _plain_students(path, files), problems)


def _files(path: Path) -> dict[str, Path]:
    try:
        found = [path] if path.is_file() else sorted(path.iterdir())
    except OSError as error:
        raise UserError(
            f"The roster {path} can't be read: {error.strerror}.", fix="Name the folder with the CSV files."
        ) from error
    return {
        file.name.lower(): file for file in found if file.suffix.lower() == ".csv" and not file.name.startswith(".")
    }


def _oneroster(files: Mapping[str, Path], settings: Roster, problems: Problems, today: date) -> RosterFile:
    manifest = oneroster.read_manifest(files, problems)
    users = oneroster.Users.of(files, manifest, problems, code_field=settings.code_field, today=today)
    students = _by_code(users.students(files["users.csv"], problems), "users.csv", problems)
    aliases = {sourced_id: school.code for sourced_id, school in users.orgs.schools.items()}
    return _whole(
        RosterFile(
            format=f"OneRoster {manifest.version}" + (" delta" if manifest.delta else ""),
            source="users.csv",
            students=students,
            schools=tuple(users.orgs.schools.values()),
            delta=manifest.delta,
        ),
        files,
        problems,
        aliases,
    )


def _plain(files: Mapping[str, Path], source: Path | None, problems: Problems) -> RosterFile:
    schools = read_schools(files["schools.csv"], problems) if "schools.csv" in files else None
    codes = None if schools is None else {school.code for school in schools}
    name = source.name if source else ""
    students = _by_code(read_students(source, problems, codes), name, problems) if source else {}
    return _whole(
        RosterFile(
            format="plain CSV",
            source=name,
            students=students,
            schools=schools or (),
            # Contacts or flags alone say nothing about who is enrolled.
            delta=source is None,
            opens_schools=schools is None,
        ),
        files,
        problems,
        {},
    )


def _plain_students(path: Path, files: Mapping[str, Path]) -> Path | None:
    named = [files[name] for name in _PLAIN if name in files]
    others = [file for name, file in files.items() if name not in _BESIDE]
    found = named or others
    if len(found) > 1 or not files:
        what = "has no CSV files" if not files else f"has {len(found)} files that may be the roster"
        raise UserError(
            f"The roster folder {path} {what}.",
            fix="Put students.csv (student_code,school_code,grade,status) there, or a OneRoster export.",
        )
    return found[0] if found else None


def _whole(roster: RosterFile, files: Mapping[str, Path], problems: Problems, aliases: Mapping[str, str]) -> RosterFile:
    contacts = read_contacts(files["contacts.csv"], problems, aliases) if "contacts.csv" in files else None
    flags = read_flags(files["flags.csv"], problems) if "flags.csv" in files else None
    problems.raise_if_any()
    if not roster.students and not roster.delta:
        raise UserError(f"{roster.source} has no students.", fix="A roster lists every student; check the export.")
    return replace(roster, contacts=contacts, flags=flags)


def _by_code(students: Iterable[Student], source: str, problems: Problems) -> Shelf:
    # Someone who left one school and came to another is listed twice: the line that enrols them counts.
    found = Shelf()
    for student in students:
        if found.add(student) or not student.enrolled:
            continue
        before = found[student.code]
        if before.enrolled:
            problems.add(
                source, student.line, f"the student of line {before.line} is listed again.", "Keep one of the two."
            )
        found.put(student)
    return found
