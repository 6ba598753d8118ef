"""What happens to each accepted photo tonight: applied, held or superseded. Pure: rows in, decisions out.

The roster is asked again at this moment (flags and school); a grant counted when the verdict was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pictureday.reasons import Finding

__all__ = [
    "Apply",
    "Candidate",
    "Decision",
    "Hold",
    "InForce",
    "Student",
    "Supersede",
    "decide",
    "former",
    "newest",
    "still_accepted",
]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An accepted photo that waits for the sync. `rendition` is the sha256 of what MiSiS gets.

    `place` is where its bytes lie, where they are no blob of their own.
    """

    photo_id: int
    delivery_id: int
    student_code: str
    vendor: str
    arrival: int
    accepted_no: int
    rendition: str
    place: str
    width: int
    height: int
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Student:
    """What the roster says of a student at this moment."""

    code: str
    school_code: str
    do_not_photograph: bool
    no_release: bool
    enrolled: bool


@dataclass(frozen=True, kw_only=True)
class InForce:
    """A photo that is accepted or applied. Photos of one archive share its arrival; the later acceptance decides."""

    photo_id: int
    student_code: str
    applied: bool
    arrival: int
    accepted_no: int

    @property
    def rank(self) -> tuple[int, int]:
        """The higher, the newer."""
        return self.arrival, self.accepted_no


@dataclass(frozen=True, kw_only=True)
class Apply:
    """The photo goes to MiSiS, under the school and the flag of tonight."""

    candidate: Candidate
    school_code: str
    no_release: bool


@dataclass(frozen=True, kw_only=True)
class Hold:
    """The roster changed since the photo was accepted: it stays out."""

    candidate: Candidate
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Supersede:
    """A newer photo of the student was accepted or applied."""

    candidate: Candidate


Decision = Apply | Hold | Supersede


def decide(
    candidates: Iterable[Candidate], students: Mapping[str, Student], in_force: Sequence[InForce]
) -> list[Decision]:
    """One decision for each candidate, in their order. `in_force` has every photo of these students in force."""
    tops = newest(in_force)
    return [_one(candidate, students.get(candidate.student_code), tops) for candidate in candidates]


def still_accepted(batch: Iterable[Candidate], in_force: Iterable[InForce]) -> list[Candidate]:
    """Those of `batch` that are accepted now as they were then. What was accepted anew comes in its new place."""
    waiting = {(photo.photo_id, photo.accepted_no) for photo in in_force if not photo.applied}
    return [photo for photo in batch if (photo.photo_id, photo.accepted_no) in waiting]


def newest(in_force: Iterable[InForce]) -> dict[str, InForce]:
    """The newest photo in force of each student."""
    tops: dict[str, InForce] = {}
    for photo in in_force:
        top = tops.get(photo.student_code)
        if top is None or photo.rank > top.rank:
            tops[photo.student_code] = photo
    return tops


def former(in_force: Iterable[InForce], applied: Mapping[str, int]) -> list[int]:
    """The applied photos that `applied` (student → photo) takes the place of."""
    return [
        photo.photo_id
        for photo in in_force
        if photo.applied and applied.get(photo.student_code, photo.photo_id) != photo.photo_id
    ]


def _one(candidate: Candidate, student: Student | None, tops: Mapping[str, InForce]) -> Decision:
    top = tops.get(candidate.student_code)
    if top is not None and top.photo_id != candidate.photo_id:
        return Supersede(candidate=candidate)
    if student is None or not student.enrolled:
        return Hold(candidate=candidate, finding=Finding(code="unknown_student"))
    if student.do_not_photograph:
        return Hold(candidate=candidate, finding=Finding(code="do_not_photograph"))
    return Apply(candidate=candidate, school_code=student.school_code, no_release=student.no_release)
