"""What a photo means for the student's other photos, whatever the order in which verdicts are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pictureday.messages import FileState
from pictureday.reasons import Finding
from pictureday.succession import Photo, settle

ACCEPTED, APPLIED, QUARANTINED = FileState.ACCEPTED, FileState.APPLIED, FileState.QUARANTINED
RECEIVED, RESOLVED, SUPERSEDED, UNCHANGED = (
    FileState.RECEIVED,
    FileState.RESOLVED,
    FileState.SUPERSEDED,
    FileState.UNCHANGED,
)
BAD = (Finding(code="too_small"),)
AMBIGUOUS = Finding(code="ambiguous")


def photo(number: int, state: FileState = RECEIVED, **more: Any) -> Photo:
    """The photo that arrived as this number: a delivery and bytes of its own, unless `more` says otherwise."""
    own = {
        "arrival": number,
        "entry": 0,
        "delivery_id": number,
        "vendor": "acme",
        "path": "a.jpg",
        "sha256": f"{number}",
    }
    return Photo(file_id=number, state=state, **{**own, **more})


def judge_all(photos: Sequence[Photo]) -> dict[int, Photo]:
    """What becomes of all of them when their verdicts (`findings`) are given in this order."""
    family: dict[int, Photo] = {}
    for new in photos:
        changes = settle(new, [other for other in family.values() if other.file_id != new.file_id])
        family[new.file_id] = new
        for change in changes:
            family[change.file_id] = family[change.file_id]._replace(state=change.state, findings=change.findings)
    return family


def states(*photos: Photo) -> list[FileState]:
    """The states after judging in the given order, in the order of arrival."""
    return [found.state for _, found in sorted(judge_all(photos).items())]


@st.composite
def histories(draw: st.DrawFn) -> list[Photo]:
    """Some photos of one student, each in a delivery of its own; bytes may come again; bad bytes are always bad."""
    contents = draw(st.lists(st.integers(1, 4), min_size=1, max_size=7))
    bad = draw(st.sets(st.integers(1, 4)))
    made = [
        photo(number, sha256=f"{content}", findings=BAD if content in bad else ())
        for number, content in enumerate(contents, 1)
    ]
    return list(draw(st.permutations(made)))


@given(histories())
def test_the_newest_good_photo_wins_in_whatever_order_verdicts_are_given(photos: list[Photo]) -> None:
    """The bytes in force are those of the newest good photo, and exactly one photo has them in force."""
    family = judge_all(photos)
    in_force = [found for found in family.values() if found.state is ACCEPTED]
    good = sorted((found for found in photos if not found.findings), key=lambda one: one.age)
    assert [found.sha256 for found in in_force] == [found.sha256 for found in good[-1:]]


@given(histories())
def test_every_photo_ends_in_a_state(photos: list[Photo]) -> None:
    """Nothing stays received, and what waits for a person is never older than what is in force."""
    family = judge_all(photos)
    newest = max((found.age for found in family.values() if found.state is ACCEPTED), default=(0, 0))
    assert RECEIVED not in {found.state for found in family.values()}
    assert all(found.age > newest for found in family.values() if found.state is QUARANTINED)


@given(histories())
def test_a_verdict_twice_changes_nothing(photos: list[Photo]) -> None:
    """Judging what is quarantined again, with the same findings, leaves it where it is."""
    family = judge_all(photos)
    for again in [found for found in family.values() if found.state is QUARANTINED]:
        (change,) = settle(again, [other for other in family.values() if other.file_id != again.file_id])
        assert (change.state, change.findings) == (again.state, again.findings)


def test_a_newer_photo_takes_the_place_of_an_accepted_one() -> None:
    """Before the night, the older is superseded; after it, it is in MiSiS and the sync replaces it."""
    assert states(photo(1), photo(2)) == [SUPERSEDED, ACCEPTED]
    changes = settle(photo(2), [photo(1, APPLIED)])
    assert [(change.file_id, change.state) for change in changes] == [(2, ACCEPTED)]


def test_an_older_photo_never_wins() -> None:
    """A good one is superseded, a bad one is resolved: nobody need mend it any more."""
    assert states(photo(2), photo(1)) == [SUPERSEDED, ACCEPTED]
    assert states(photo(2), photo(1, findings=BAD)) == [RESOLVED, ACCEPTED]
    assert settle(photo(1), [photo(2, APPLIED)])[0].state is SUPERSEDED


def test_an_acceptance_resolves_only_what_is_older() -> None:
    """A bad photo that came after the good one still needs somebody."""
    assert states(photo(1, findings=BAD), photo(3, findings=BAD), photo(2)) == [RESOLVED, ACCEPTED, QUARANTINED]


def test_the_very_bytes_in_force_again() -> None:
    """They are counted, and make no new version; the first keeps being the one in force."""
    family = judge_all([photo(1, sha256="x"), photo(2, sha256="x")])
    assert [family[1].state, family[2].state] == [ACCEPTED, UNCHANGED]
    assert settle(photo(2, sha256="x"), [photo(1, APPLIED, sha256="x")])[0].same_as == 1


def test_the_same_bytes_again_are_the_vendors_later_word() -> None:
    """What arrived before they came again never takes their place, though it arrived after the first of them."""
    assert states(photo(1, sha256="x"), photo(3, sha256="x"), photo(2)) == [ACCEPTED, SUPERSEDED, UNCHANGED]


def test_the_same_bytes_again_resolve_what_came_between() -> None:
    """A delivery with a bad photo and a good one of a student, sent again whole, asks nobody to mend anything."""
    good, bad, again = photo(1, sha256="x"), photo(2, findings=BAD), photo(3, sha256="x")
    assert states(good, bad, again) == [ACCEPTED, RESOLVED, UNCHANGED]
    assert states(good, again, bad) == [ACCEPTED, RESOLVED, UNCHANGED]


def test_bytes_that_wait_already_join_that_entry() -> None:
    """The same bad photo again is not told a second time; from another vendor, it is another one."""
    bad: dict[str, Any] = {"sha256": "x", "findings": BAD}
    assert states(photo(1, **bad), photo(2, **bad)) == [QUARANTINED, UNCHANGED]
    assert states(photo(1, **bad), photo(2, **bad, vendor="other")) == [QUARANTINED, QUARANTINED]


def test_a_vendor_that_may_not_deliver_learns_nothing_from_anothers_bytes() -> None:
    """Bytes in force by one vendor are no way in for another one."""
    refused = photo(2, sha256="x", vendor="other", findings=(Finding(code="not_granted"),))
    assert settle(refused, [photo(1, ACCEPTED, sha256="x")])[0].state is QUARANTINED


@given(st.permutations([1, 2, 3]))
def test_two_photos_of_one_student_in_one_delivery_are_ambiguous(order: list[int]) -> None:
    """All of them wait for a person, in whatever order they are judged."""
    made = {number: photo(number, delivery_id=9, path=f"{number}/a.jpg") for number in order}
    family = judge_all([made[number] for number in order])
    assert {found.state for found in family.values()} == {QUARANTINED}
    assert all(found.findings == (AMBIGUOUS,) for found in family.values())


@given(st.permutations([1, 2, 3]))
def test_the_same_path_again_in_one_delivery_is_a_correction(order: list[int]) -> None:
    """The newest upload under one name wins; nothing is ambiguous about it."""
    family = judge_all([photo(number, delivery_id=9) for number in order])
    assert [family[number].state for number in (1, 2, 3)] == [SUPERSEDED, SUPERSEDED, ACCEPTED]


def test_the_same_picture_twice_in_one_delivery_is_no_question() -> None:
    """Two files of the same bytes don't contradict each other."""
    assert states(photo(1, delivery_id=9, sha256="x"), photo(2, delivery_id=9, sha256="x", path="b/a.jpg")) == [
        ACCEPTED,
        UNCHANGED,
    ]


def test_a_doubt_never_takes_back_what_is_in_misis() -> None:
    """A second photo of a delivery whose first is applied already waits alone."""
    changes = settle(photo(2, delivery_id=9, path="b.jpg"), [photo(1, APPLIED, delivery_id=9)])
    assert [(change.file_id, change.state) for change in changes] == [(2, QUARANTINED)]


def test_a_person_may_choose() -> None:
    """A release counts in spite of reasons and of a second photo, but an older photo still never wins."""
    rival = photo(1, QUARANTINED, delivery_id=9, path="b.jpg", findings=(AMBIGUOUS,))
    chosen = photo(2, QUARANTINED, delivery_id=9, findings=BAD)
    assert [change.state for change in settle(chosen, [rival], chosen=True)] == [ACCEPTED, RESOLVED]
    assert settle(chosen, [photo(3, ACCEPTED)], chosen=True)[0].state is SUPERSEDED
    assert settle(chosen, [photo(3, ACCEPTED, sha256="2")], chosen=True)[0].state is UNCHANGED
