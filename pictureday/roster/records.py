"""What a roster file says: students, schools, contacts and flags, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Contact", "Flags", "RosterFile", "School", "Student"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Student:
    """One student as a roster file has it. None means that the file doesn't say: what is known stays.

    `school_code` may be '' where a delta doesn't say it; `choices` are schools that are just as possible
    (a delta that lists two), so a student who is at one of them stays there. `line` is for error messages.
    """

    code: str
    school_code: str
    name: str | None = None
    grade: str | None = None
    enrolled: bool = True
    do_not_photograph: bool | None = None
    no_release: bool | None = None
    choices: frozenset[str] = frozenset()
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class School:
    """A school's code, as people write it, and its name."""

    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Who gets a school's reports. `role` is `principal` or `designee`."""

    school_code: str
    email: str
    role: str
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Flags:
    """A student's flags in flags.csv; that file is the whole truth about flags where it exists."""

    do_not_photograph: bool = False
    no_release: bool = False


@dataclass(frozen=True, kw_only=True)
class RosterFile:
    """A roster folder, read whole and without a fault.

    `delta`: who isn't listed stays as they are (else they left). `contacts` and `flags` are None where the
    folder has no such file: what is known stays. `opens_schools`: a school that only students name is made.
    """

    format: str
    source: str = ""  # the file that the students came from, for error messages
    students: Mapping[str, Student] = field(default_factory=dict)
    schools: tuple[School, ...] = ()
    contacts: tuple[Contact, ...] | None = None
    flags: Mapping[str, Flags] | None = None
    delta: bool = False
    opens_schools: bool = False
