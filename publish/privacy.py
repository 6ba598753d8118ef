"""How much a mail may tell (`mail.detail`): everything, no name and only the end of a code, or only how many.

A file name usually *is* the student's code, so `masked` shows the photo's number in our books instead, and
takes out of the sentences whatever came from a file name.
"""

from __future__ import annotations

from dataclasses import replace

from pictureday.reasons import ARCHIVE_REASONS, Finding
from publish.report import Item, Problem

__all__ = ["masked", "student"]

_SHOWN = 3  # characters at the end of a code: enough for those who have the list, useless to others


def masked(item: Item) -> Item:
    """`item` without the student's name, most of the code, and the file's name."""
    code = item.student_code
    hidden = "•" * (len(code) - _SHOWN) + code[-_SHOWN:] if code else ""
    problems = tuple(_general(problem) for problem in item.problems)
    return replace(item, student_name="", student_code=hidden, file=f"photo {item.photo_id}", problems=problems)


def student(item: Item) -> str:
    """Whom the photo shows, as well as the mail may say it."""
    return item.student_name or item.student_code or item.file


def _general(problem: Problem) -> Problem:
    # Only these sentences can hold a piece of a name; sizes and shapes may stay.
    if problem.code != "bad_name" and problem.code not in ARCHIVE_REASONS:
        return problem
    general = Finding(code=problem.code)
    return replace(problem, message=general.message, fix=general.fix)
