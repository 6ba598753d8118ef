"""What happens to each accepted photo: applied, held or superseded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from sync.plan import (
    Apply,
    Candidate,
    Decision,
    Hold,
    InForce,
    Student,
    Supersede,
    decide,
    former,
    newest,
    still_accepted,
)


def candidate(photo_id: int, *, arrival: int | None = None, code: str = "A") -> Candidate:
    """An accepted photo; later ids were accepted later."""
    return Candidate(
        photo_id=photo_id,
        delivery_id=1,
        student_code=code,
        vendor="lens",
        arrival=photo_id if arrival is None else arrival,
        accepted_no=photo_id,
        rendition="0" * 64,
        place="",
        width=175,
        height=233,
        received_at=datetime(2026, 6, 1, tzinfo=UTC),
    )


def standing(photo: Candidate, *, applied: bool = False) -> InForce:
    """The same photo as one that is in force."""
    return InForce(
        photo_id=photo.photo_id,
        student_code=photo.student_code,
        applied=applied,
        arrival=photo.arrival,
        accepted_no=photo.accepted_no,
    )


def student(**flags: Any) -> dict[str, Student]:
    """The student A, with these flags."""
    plain = Student(code="A", school_code="N", do_not_photograph=False, no_release=False, enrolled=True)
    return {"A": replace(plain, **flags)}


def decided(*photos: Candidate, roster: dict[str, Student], more: Sequence[InForce] = ()) -> list[Decision]:
    """The decisions about photos that are all still accepted."""
    return decide(photos, roster, [*map(standing, photos), *more])


def test_photo_goes_in_under_school_and_flag_of_now() -> None:
    """What the roster says tonight is what MiSiS gets."""
    (decision,) = decided(candidate(1), roster=student(school_code="S", no_release=True))
    assert decision == Apply(candidate=candidate(1), school_code="S", no_release=True)


def test_flagged_student_is_held_with_the_reason() -> None:
    """`do_not_photograph` keeps the photo out."""
    (decision,) = decided(candidate(1), roster=student(do_not_photograph=True))
    assert isinstance(decision, Hold)
    assert decision.finding.code == "do_not_photograph"


def test_student_who_left_is_held_with_the_reason() -> None:
    """Not enrolled any more, or not on the roster at all: the same."""
    for roster in (student(enrolled=False), {}):
        (decision,) = decided(candidate(1), roster=roster)
        assert isinstance(decision, Hold)
        assert decision.finding.code == "unknown_student"


def test_newer_photo_in_force_supersedes() -> None:
    """Accepted or applied, tonight's or later: the newer one counts."""
    for applied in (False, True):
        newer = standing(candidate(2), applied=applied)
        assert decided(candidate(1), roster=student(), more=[newer]) == [Supersede(candidate=candidate(1))]


def test_later_acceptance_decides_between_photos_of_one_archive() -> None:
    """They share their arrival, so who released one after the other meant the last."""
    first, last = candidate(1, arrival=9), candidate(2, arrival=9)
    assert decided(first, last, roster=student())[0] == Supersede(candidate=first)


def test_former_photo_is_the_applied_one_of_the_same_student() -> None:
    """Only what was applied is replaced, and only by another photo."""
    old, other, new = candidate(1), candidate(2, code="B"), candidate(3)
    rows = [standing(old, applied=True), standing(other, applied=True), standing(new)]
    assert former(rows, {"A": 3}) == [1]
    assert former(rows, {"A": 1}) == []


@given(some.lists(some.tuples(some.sampled_from("AB"), some.integers(1, 5)), max_size=12))
def test_exactly_the_newest_of_each_student_goes_in(drawn: list[tuple[str, int]]) -> None:
    """Whatever the arrivals and their order: one photo applied for each student, and it is the newest."""
    photos = [candidate(number, arrival=arrival, code=code) for number, (code, arrival) in enumerate(drawn, 1)]
    roster = {code: replace(student()["A"], code=code) for code in "AB"}
    applied = [one.candidate for one in decided(*photos, roster=roster) if isinstance(one, Apply)]
    tops = newest(map(standing, photos))
    assert {photo.student_code: photo.photo_id for photo in applied} == {
        code: top.photo_id for code, top in tops.items()
    }
    assert len(applied) == len(tops)


def test_photo_counts_as_still_accepted_only_as_it_was_read() -> None:
    """What was applied, left the catalogue's accepted ones or was accepted anew meanwhile is not handed over."""
    same, applied, doubted, anew = (candidate(number) for number in range(1, 5))
    now = [standing(same), standing(applied, applied=True), standing(replace(anew, accepted_no=9))]
    assert still_accepted([same, applied, doubted, anew], now) == [same]
