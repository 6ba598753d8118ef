"""The verdict transaction: what a batch of judged photos changes, on either database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection

from pictureday.bus import Taken
from pictureday.catalogue import grants, messages, rejudge, roster, vendors
from pictureday.catalogue.held import lease
from pictureday.config import Settings
from pictureday.messages import PhotoAccepted, PhotosReceived, Queue
from tests.contract.catalogue.ground import CODE, Ground, overlapping, student, together
from tests.contract.catalogue.idle import NoBlobs, NoBus
from validate.verdict import give
from validate.worker import Validator


def test_a_good_photo_is_accepted_and_said(ground: Ground) -> None:
    """It gets its school, its rendition and its number; the sync hears of it, and its delivery is told."""
    photo = ground.dropped()
    ground.judge(photo)
    row = ground.row(photo)
    assert (row["state"], row["school_code"], row["rendition_bytes"], row["width"]) == (
        "accepted",
        "north",
        20_000,
        300,
    )
    assert row["accepted_no"] is not None
    assert ground.said(Queue.SYNC) == [PhotoAccepted(photo_ids=(photo,))]
    assert ground.told() == [row["delivery_id"]]


def test_all_reasons_are_kept(ground: Ground) -> None:
    """What the bytes, the roster and the grants say stands there together, in the order of the rules."""
    ground.set_student(do_not_photograph=True)
    photo = ground.dropped(vendor="other")
    ground.judge(photo, bad=("too_small", "wrong_shape"))
    assert ground.state(photo) == "quarantined"
    assert ground.reasons(photo) == ["too_small", "wrong_shape", "do_not_photograph", "not_granted"]
    assert ground.said(Queue.SYNC) == []


def test_whom_the_roster_lost_is_unknown(ground: Ground) -> None:
    """A code that never was, one of a student who left, and a name that is no code are each told."""
    ground.set_student(enrolled=False)
    left, never, nobody = ground.dropped(), ground.dropped("999999Z999"), ground.dropped(None, path="x.jpg")
    ground.judge(left, never, nobody)
    assert [ground.reasons(photo) for photo in (left, never, nobody)] == [
        ["unknown_student"],
        ["unknown_student"],
        ["bad_name"],
    ]


def test_a_verdict_counts_what_holds_when_it_is_given(ground: Ground) -> None:
    """A grant that was taken back, or a vendor that was suspended, after the drop holds the photo back."""
    first, second = ground.dropped(), ground.dropped("000002A001")
    with ground.catalogue.write() as tx:
        grants.revoke(tx, "acme", "north", by="principal", who="test")
    ground.judge(first)
    with ground.catalogue.write() as tx:
        vendors.suspend(tx, "acme", who="test")
    ground.judge(second)
    assert [ground.reasons(first), ground.reasons(second)] == [["not_granted"], ["vendor_not_active"]]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_newest_wins_in_any_order(ground: Ground, order: tuple[int, ...]) -> None:
    """Whichever verdict comes first, the photo that arrived last is in force."""
    photos = [ground.dropped() for _ in range(3)]
    for number in order:
        ground.judge(photos[number])
    assert ground.states(*photos) == ["superseded", "superseded", "accepted"]


def test_one_batch_sees_itself(ground: Ground) -> None:
    """In one transaction too the newest wins, and only it is said to the sync."""
    photos = [ground.dropped() for _ in range(3)]
    ground.judge(*photos)
    assert ground.states(*photos) == ["superseded", "superseded", "accepted"]
    assert ground.said(Queue.SYNC) == [PhotoAccepted(photo_ids=(photos[2],))]


@pytest.mark.parametrize("at_once", [True, False])
def test_two_photos_of_one_student_in_one_delivery(ground: Ground, at_once: bool) -> None:
    """Both wait as ambiguous, judged together or one after the other; nothing stays accepted."""
    delivery = ground.delivery()
    photos = [ground.photo(delivery, path=f"{number}/{CODE}.jpg") for number in (1, 2)]
    ground.close(delivery)
    for batch in [photos] if at_once else [[photo] for photo in photos]:
        ground.judge(*batch)
    assert ground.states(*photos) == ["quarantined", "quarantined"]
    assert [ground.reasons(photo) for photo in photos] == [["ambiguous"], ["ambiguous"]]
    assert set(ground.told()) == {delivery}


def test_an_acceptance_resolves_older_entries_and_tells_their_deliveries(ground: Ground) -> None:
    """The school that was told of a bad photo hears that a good one came."""
    bad = ground.dropped()
    ground.judge(bad, bad=("too_small",))
    ground.forget_messages()
    good = ground.dropped()
    ground.judge(good)
    assert ground.states(bad, good) == ["resolved", "accepted"]
    assert sorted(ground.told()) == sorted([ground.row(bad)["delivery_id"], ground.row(good)["delivery_id"]])


def test_the_same_bytes_change_nothing(ground: Ground) -> None:
    """In force, they are unchanged; in quarantine they join the entry that waits; also where there is no student."""
    good = [ground.dropped(data="a") for _ in range(2)]
    bad = [ground.dropped("000001A001", data="b") for _ in range(2)]
    nobody = [ground.dropped(None, data="c", path="x.jpg") for _ in range(2)]
    ground.judge(*good)
    ground.judge(*bad, bad=("too_small",))
    ground.judge(*nobody)
    assert ground.states(*good, *bad, *nobody) == ["accepted", "unchanged", *["quarantined", "unchanged"] * 2]
    assert [ground.row(pair[1])["same_as"] for pair in (good, bad, nobody)] == [good[0], bad[0], nobody[0]]
    assert ground.said(Queue.SYNC) == [PhotoAccepted(photo_ids=(good[0],))]


def test_twice_changes_nothing(ground: Ground) -> None:
    """Verdicts on rows that were read before somebody else judged them are dropped."""
    photo = ground.dropped()
    stale = ground.verdicts([photo])
    ground.judge(photo)
    before = ground.row(photo)
    ground.forget_messages()
    with ground.catalogue.write() as tx:
        assert give(tx, stale, feed=True) == []
    assert ground.row(photo) == before
    assert [ground.said(queue) for queue in Queue] == [[]] * len(Queue)


def test_what_a_change_could_clear_is_judged_again(ground: Ground) -> None:
    """A grant, a roster import and an activation ask for just the photos that wait for them."""
    ungranted, unknown, bad = ground.dropped(vendor="other"), ground.dropped("000009A001"), ground.dropped("000001A001")
    ground.judge(ungranted, unknown)
    ground.judge(bad, bad=("too_small",))
    with ground.catalogue.write() as tx:
        assert grants.add(tx, "other", "south", by="principal", who="test") == 0
        assert grants.add(tx, "other", "north", by="principal", who="test") == 1
        roster.add_students(tx, [student("000009A001")])
        assert rejudge.of_students(tx, ["000009A001", "000001A001"]) == 1
    assert ground.to_judge_again() == [ungranted, unknown]
    ground.judge(ungranted, unknown)
    assert ground.states(ungranted, unknown, bad) == ["accepted", "accepted", "quarantined"]


def test_judging_again_tells_the_delivery_only_of_news(ground: Ground) -> None:
    """A photo that stays where it is, for the same reasons, is no news."""
    photo = ground.dropped(vendor="other")
    ground.judge(photo)
    ground.forget_messages()
    ground.judge(photo)
    assert ground.told() == []
    ground.judge(photo, bad=("too_small",))
    assert ground.told() == [ground.row(photo)["delivery_id"]]


def parked(ground: Ground, photo: int, *, again: bool = False) -> None:
    """The message about this photo failed too often."""
    validator = Validator(Settings(), ground.catalogue, NoBlobs(), NoBus())
    message = PhotosReceived(photo_ids=(photo,), again=again)
    taken = Taken(id=1, message=message, attempts=5, vendor="acme", owner="me")
    with ground.catalogue.write() as tx:
        validator.park(tx, taken)


def test_what_can_t_be_judged_is_quarantined(ground: Ground) -> None:
    """Parking accepts nothing, and the delivery is told all the same; a replay finds the photo and judges it."""
    photo = ground.dropped()
    parked(ground, photo)
    assert (ground.state(photo), ground.reasons(photo)) == ("quarantined", ["could_not_be_checked"])
    assert ground.told() == [ground.row(photo)["delivery_id"]]
    with ground.catalogue.write() as tx:
        messages.say(tx, PhotosReceived(photo_ids=(photo,)))
        assert lease(tx, Queue.RECEIVED, owner="me", seconds=10) is not None
    ground.judge(photo)
    assert ground.state(photo) == "accepted"


def test_parking_a_second_look_loses_nothing(ground: Ground) -> None:
    """A photo that was to be judged again keeps its reasons and its clean copy, so that it can be released."""
    photo = ground.dropped()
    ground.judge(photo, bad=("too_small",))
    before = ground.row(photo)
    parked(ground, photo, again=True)
    assert ground.row(photo) == before


def test_two_validators_with_photos_of_one_student(shared: Ground) -> None:
    """Side by side on PostgreSQL: one photo is in force, the newest, and every delivery is told."""
    for _ in range(5):
        photos = [shared.dropped() for _ in range(3)]
        together(*[lambda photo=photo: shared.judge(photo) for photo in photos])
        assert shared.states(*photos)[2] == "accepted"
        assert shared.states(*photos).count("accepted") == 1


def test_batches_that_cross(shared: Ground) -> None:
    """Two batches with the same students in opposite order don't block each other for ever."""
    codes = [CODE, "000001A001", "000002A001"]
    for _ in range(5):
        first, second = [shared.dropped(code) for code in codes], [shared.dropped(code) for code in reversed(codes)]
        together(lambda: shared.judge(*first), lambda: shared.judge(*second))  # noqa: B023 - ends in its turn
        assert shared.states(*second) == ["accepted"] * 3


def test_a_second_look_never_undoes_what_a_later_photo_settled(shared: Ground) -> None:
    """An old photo that is judged again while a newer one is being accepted stays settled."""
    old = shared.dropped()
    shared.judge(old, bad=("too_small",))
    new = shared.dropped()
    accepting = shared.verdicts([new])
    overlapping(shared, lambda tx: give(tx, accepting, feed=False), lambda: shared.judge(old, bad=("too_small",)))
    assert shared.states(old, new) == ["resolved", "accepted"]


def test_a_grant_at_the_moment_of_the_verdict(shared: Ground) -> None:
    """A verdict that did not see the grant is seen by it: the photo is judged again."""
    photo = shared.dropped(vendor="other")
    verdict = shared.verdicts([photo])

    def grant() -> None:
        with shared.catalogue.write() as tx:
            grants.add(tx, "other", "north", by="principal", who="test")

    overlapping(shared, lambda tx: give(tx, verdict, feed=False), grant)
    assert shared.state(photo) == "quarantined"
    assert shared.to_judge_again() == [photo]


def test_a_roster_import_at_the_moment_of_the_verdict(shared: Ground) -> None:
    """A verdict that did not find the student is seen by the import that brings it; one that waits finds it."""
    for first_verdict in (True, False):
        code = f"90000{first_verdict:d}A001"
        photo = shared.dropped(code)
        verdict = shared.verdicts([photo])
        give_it, bring = partial(give, verdicts=verdict, feed=False), partial(_import, code)
        first, second = (give_it, bring) if first_verdict else (bring, give_it)
        overlapping(shared, first, partial(_written, shared, second))
        assert shared.state(photo) == ("quarantined" if first_verdict else "accepted")
        assert (photo in shared.to_judge_again()) == first_verdict


def _import(code: str, tx: Connection) -> None:
    roster.lock_import(tx)
    roster.add_students(tx, [student(code)])
    rejudge.of_students(tx, [code])


def _written(ground: Ground, act: Callable[[Connection], object]) -> None:
    with ground.catalogue.write() as tx:
        act(tx)


def test_another_delivery_that_is_told_at_this_moment(shared: Ground) -> None:
    """A change in a delivery whose last verdict is just being given is told, whichever commits first."""
    delivery = shared.delivery()
    bad, last = shared.photo(delivery), shared.photo(delivery, "000001A001")
    shared.close(delivery)
    shared.judge(bad, bad=("too_small",))
    accepting = shared.verdicts([shared.dropped()])
    with shared.catalogue.write() as tx:
        give(tx, accepting, feed=False)
        shared.judge(last)
        shared.forget_messages()  # its receipt is written, and still says that the bad photo waits
    assert shared.state(bad) == "resolved"
    assert delivery in shared.told()
