"""What people do with quarantined photos, and what they may not."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from pictureday.catalogue import quarantine, tables
from pictureday.errors import UserError
from pictureday.messages import PhotoAccepted, Queue
from publish.quarantine import Decision, reject, release, retry
from tests.contract.catalogue.ground import CODE, Ground, overlapping
from validate.verdict import give

OPS = Decision(who="ops", why="the family asked")


def held(ground: Ground, code: str | None = CODE, *, bad: str = "too_small", **more: str) -> int:
    """A photo in quarantine; nothing of it is left to tell."""
    photo = ground.dropped(code, **more)
    ground.judge(photo, bad=(bad,))
    ground.forget_messages()
    return photo


def test_a_release_is_an_acceptance(ground: Ground) -> None:
    """It goes to the sync, its delivery is told, and the trail says who and why."""
    photo = held(ground)
    assert release(ground.catalogue, photo, OPS) == "accepted"
    assert (ground.state(photo), ground.reasons(photo)) == ("accepted", [])
    assert ground.said(Queue.SYNC) == [PhotoAccepted(photo_ids=(photo,))]
    assert ground.told() == [ground.row(photo)["delivery_id"]]
    assert ground.trail(photo) == [("ops", "release", "the family asked")]


def test_a_release_resolves_older_entries_and_never_wins_over_a_newer_photo(ground: Ground) -> None:
    """Released in whatever order, the newest stays in force."""
    oldest, middle, newest = (held(ground) for _ in range(3))
    assert release(ground.catalogue, middle, OPS) == "accepted"
    assert ground.states(oldest, middle, newest) == ["resolved", "accepted", "quarantined"]
    assert release(ground.catalogue, newest, OPS) == "accepted"
    other = held(ground, "000001A001")
    ground.judge(ground.dropped("000001A001"))
    assert ground.state(other) == "resolved"
    late = held(ground, None, path="x.jpg")
    ground.judge(ground.dropped("000002A001"))
    assert release(ground.catalogue, late, OPS, student="000002A001") == "superseded"


def test_a_release_can_name_the_student(ground: Ground) -> None:
    """A photo whose name is no code gets one, and the school that belongs to it."""
    photo = held(ground, None, path="IMG_1.jpg")
    with pytest.raises(UserError, match="needs a student"):
        release(ground.catalogue, photo, OPS)
    assert release(ground.catalogue, photo, OPS, student="000002a001") == "accepted"
    assert (ground.row(photo)["student_code"], ground.row(photo)["school_code"]) == ("000002A001", "south")


def test_a_student_is_a_code(ground: Ground) -> None:
    """Anything that is no code is refused, and nothing has changed."""
    photo = held(ground, None, path="x.jpg")
    for code in ("x", "000000A0011", "../000000A001/x", "00000٠A001", ""):
        with pytest.raises(UserError, match="needs a student"):
            release(ground.catalogue, photo, OPS, student=code)
    assert (ground.state(photo), ground.trail(photo)) == ("quarantined", [])


def test_what_protects_the_student_can_t_be_released(ground: Ground) -> None:
    """Not a photo of someone who must not be photographed, nor of someone the roster doesn't have."""
    photo, unknown = held(ground), held(ground, "999999Z999")
    ground.set_student(do_not_photograph=True)
    with pytest.raises(UserError, match="must not be photographed"):
        release(ground.catalogue, photo, OPS)
    with pytest.raises(UserError, match="no such student"):
        release(ground.catalogue, unknown, OPS)
    with pytest.raises(UserError, match="must not be photographed"):
        release(ground.catalogue, unknown, OPS, student=CODE)
    ground.set_student(do_not_photograph=False, enrolled=False)
    with pytest.raises(UserError, match="no such student"):
        release(ground.catalogue, photo, OPS)
    assert ground.states(photo, unknown) == ["quarantined", "quarantined"]
    assert ground.said(Queue.SYNC) == []


def test_what_has_no_clean_copy_can_t_be_released(ground: Ground) -> None:
    """Nothing of it could go into MiSiS."""
    photo = held(ground)
    with ground.catalogue.write() as tx:
        tx.execute(update(tables.files).where(tables.files.c.id == photo).values(rendition=None))
    with pytest.raises(UserError, match="no clean copy"):
        release(ground.catalogue, photo, OPS)


def test_a_rejection_is_for_good(ground: Ground) -> None:
    """It is told and on the trail; nothing brings the photo back; all or none of a list are rejected."""
    photo, other = held(ground), held(ground, "000001A001")
    accepted = ground.dropped("000002A001")
    ground.judge(accepted)
    with pytest.raises(UserError, match="is accepted"):
        reject(ground.catalogue, [other, photo, accepted], OPS)
    assert ground.states(photo, other) == ["quarantined", "quarantined"]
    assert reject(ground.catalogue, [other, photo, other], OPS) == 2
    assert ground.states(photo, other) == ["rejected", "rejected"]
    ground.judge(photo)
    for act in (lambda: release(ground.catalogue, photo, OPS), lambda: retry(ground.catalogue, [photo], OPS)):
        with pytest.raises(UserError, match="is rejected"):
            act()
    assert ground.trail(photo) == [("ops", "reject", "the family asked")]


def test_a_retry_is_judged_by_the_rules_of_now(ground: Ground) -> None:
    """It asks for a new verdict, and changes nothing by itself."""
    photo = held(ground)
    assert retry(ground.catalogue, [photo], OPS) == 1
    assert ground.to_judge_again() == [photo]
    assert ground.state(photo) == "quarantined"
    ground.judge(photo)
    assert (ground.state(photo), ground.trail(photo)[0][1]) == ("accepted", "retry")


def test_a_photo_that_is_not_there(ground: Ground) -> None:
    """A wrong number is told as such."""
    for act in (release, lambda *a: reject(a[0], [a[1]], a[2]), lambda *a: retry(a[0], [a[1]], a[2])):
        with pytest.raises(UserError, match="There is no photo 99"):
            act(ground.catalogue, 99, OPS)


def test_an_ambiguous_photo_is_chosen(ground: Ground) -> None:
    """Releasing one of two settles the question; the other, if it is older, is resolved."""
    delivery = ground.delivery()
    first, second = (ground.photo(delivery, path=f"{number}/{CODE}.jpg") for number in (1, 2))
    ground.close(delivery)
    ground.judge(first, second)
    assert release(ground.catalogue, second, OPS) == "accepted"
    assert ground.states(first, second) == ["resolved", "accepted"]


def test_the_list(ground: Ground) -> None:
    """What people and scripts read: each photo with all its reasons in words, by vendor, school and reason."""
    small, foreign = held(ground), held(ground, "000002A001", bad="too_big", vendor="other")
    with ground.catalogue.read() as tx:
        entries = list(quarantine.entries(tx))
        by_vendor, by_school = quarantine.entries(tx, vendor="other"), quarantine.entries(tx, school="north")
        found = [[entry["photo_id"] for entry in some] for some in (by_vendor, by_school)]
        reasons = [entry["photo_id"] for entry in quarantine.entries(tx, reason="not_granted")]
        assert quarantine.count(tx) == 2
    assert [entry["photo_id"] for entry in entries] == [small, foreign]
    assert (found, reasons) == ([[foreign], [small]], [foreign])
    assert set(entries[0]["reasons"][0]) == {"code", "message", "fix"}


def test_a_rejection_while_a_newer_photo_is_accepted(shared: Ground) -> None:
    """Whoever comes second sees what the first one did: a settled photo is not rejected too."""
    photo, newer = held(shared), shared.dropped()
    verdict = shared.verdicts([newer])
    refused: list[str] = []

    def act() -> None:
        try:
            reject(shared.catalogue, [photo], OPS)
        except UserError as error:
            refused.append(str(error))

    overlapping(shared, lambda tx: give(tx, verdict, feed=False), act)
    assert (shared.state(photo), len(refused), shared.trail(photo)) == ("resolved", 1, [])
