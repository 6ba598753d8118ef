"""School contacts: contacts.csv (`school_code,email,role`), the whole truth about who gets a school's reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pictureday.mail import is_address
from pictureday.roster.records import Contact
from pictureday.roster.table import Line, Problems, Table

__all__ = ["read_contacts"]

_ROLES = frozenset({"principal", "designee"})


def read_contacts(path: Path, problems: Problems, aliases: Mapping[str, str]) -> tuple[Contact, ...]:
    """The contacts in `path`. A school may also go by one of `aliases` (OneRoster's sourcedId)."""
    table = Table(path, problems, required=("school_code", "email"))
    found: dict[tuple[str, str], Contact] = {}
    for line in table:
        if contact := _contact(table, line, aliases):
            found.setdefault((contact.school_code, contact.email.lower()), contact)
    if not found:
        table.wrong(1, "there are no contacts.", "List them, or leave the file out to keep the known ones.")
    return tuple(found.values())


def _contact(table: Table, line: Line, aliases: Mapping[str, str]) -> Contact | None:
    school, email, role = line.get("school_code"), line.get("email"), line.get("role").lower() or "designee"
    if not school:
        table.wrong(line.number, "school_code is empty.", "Every contact belongs to a school.")
    elif not is_address(email):
        table.wrong(line.number, "email is no plain e-mail address.", "Write it like name@school.example, one a line.")
    elif role not in _ROLES:
        table.wrong(line.number, "role is unknown.", "Write principal or designee.")
    else:
        return Contact(school_code=aliases.get(school, school), email=email, role=role, line=line.number)
    return None
