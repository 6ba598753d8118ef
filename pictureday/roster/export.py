"""The roster as schools want it back: each enrolled student with the status of their photo."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from pictureday.catalogue import roster as table
from pictureday.catalogue.roster import StudentRow
from pictureday.errors import NotFoundError
from pictureday.names import shown
from pictureday.roster.status import Standing, standing

__all__ = ["HEADER", "check_school", "export_rows"]

HEADER = (
    "student_code",
    "name",
    "grade",
    "school_code",
    "status",
    "since",
    "why",
    "do_not_photograph",
    "no_release",
)

Cells = tuple[str, ...]


def check_school(tx: Connection, school_code: str) -> None:
    """Raise `NotFoundError` unless there is such a school."""
    if school_code not in table.schools(tx):
        raise NotFoundError(f"There is no school {shown(school_code)}.", fix="`pictureday roster import` adds schools.")


def export_rows(tx: Connection, school_code: str | None, zone: ZoneInfo) -> Iterator[Cells]:
    """Rows for `HEADER`, of one school or of all, in order of student codes; streamed, a page in memory at a time.

    `since` is the date, in `zone`, on which the photo came into MiSiS. Flags read `yes` or nothing.
    """
    for page in table.pages(tx, school_code):
        photos = table.photos_of(tx, [student.code for student in page])
        by_code = {code: standing(list(group)) for code, group in groupby(photos, lambda photo: photo.student_code)}
        for student in page:
            yield _row(student, by_code.get(student.code) or standing([]), zone)


def _row(student: StudentRow, now: Standing, zone: ZoneInfo) -> Cells:
    since = now.since.astimezone(zone).date().isoformat() if now.since else ""
    flags = ("yes" if flag else "" for flag in (student.do_not_photograph, student.no_release))
    return (student.code, student.name, student.grade, student.school_code, now.status, since, now.why, *flags)
