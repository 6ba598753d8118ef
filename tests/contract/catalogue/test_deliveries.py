"""A delivery's life: opened once, counted, closed, told exactly once."""

from __future__ import annotations

import pytest

from pictureday.catalogue import deliveries, listing
from pictureday.reasons import Finding
from tests.contract.catalogue.ground import Ground, together


def test_a_place_has_one_open_delivery(ground: Ground) -> None:
    """A folder's files come together until it is closed; then a new one opens. Every zip is one of its own."""
    first = ground.delivery(kind="folder", name="\udcff monday")
    assert ground.delivery(kind="folder", name="\udcff monday") == first
    assert ground.delivery(kind="folder", name="tuesday") != first
    assert ground.delivery(kind="folder", name="\udcff monday", vendor="other") != first
    ground.close(first)
    assert ground.delivery(kind="folder", name="\udcff monday") != first
    assert ground.delivery() != ground.delivery()


def test_it_is_told_when_it_is_closed_and_judged(ground: Ground) -> None:
    """Neither the close nor the last verdict alone tells it; the later of the two does, once."""
    closed_first, judged_first = ground.delivery(), ground.delivery()
    photos = [ground.photo(delivery) for delivery in (closed_first, judged_first)]
    ground.close(closed_first)
    ground.judge(photos[1])
    assert ground.told() == []
    ground.judge(photos[0])
    ground.close(judged_first)
    ground.close(judged_first)
    assert ground.told() == [closed_first, judged_first]


def test_a_delivery_without_photos_is_told_when_it_closes(ground: Ground) -> None:
    """Nothing but junk in it is news to its vendor too; so is an archive that is refused."""
    empty, refused = ground.delivery(), ground.delivery()
    ground.close(empty)
    with ground.catalogue.write() as tx:
        deliveries.refuse(tx, refused, [Finding(code="archive_truncated")])
        found = deliveries.find(tx, refused)
    assert found is not None
    assert (found["state"], found["findings"][0]["code"]) == ("refused", "archive_truncated")
    assert ground.told() == [empty, refused]


@pytest.mark.parametrize("turn", range(4))
def test_the_last_verdict_and_the_close_at_once(shared: Ground, turn: int) -> None:
    """However they race, exactly one of them sees the delivery complete."""
    made = [shared.delivery(name=f"{turn}-{number}") for number in range(3)]
    photos = {delivery: shared.photo(delivery, f"00000{delivery % 3}A001") for delivery in made}
    for delivery in made:
        together(lambda: shared.judge(photos[delivery]), lambda: shared.close(delivery))  # noqa: B023 - ends in its turn
    assert shared.told() == made


def test_the_list_counts_files_by_state(ground: Ground) -> None:
    """The newest delivery comes first, each with what became of its files."""
    older, newer = ground.delivery(), ground.delivery()
    ground.judge(ground.photo(older, "000000A001"), ground.photo(older, "999999Z999"))
    ground.photo(newer)
    with ground.catalogue.read() as tx:
        rows = listing.newest(tx, 5)
    assert [(row["id"], row["files"]) for row in rows] == [
        (newer, {"received": 1}),
        (older, {"accepted": 1, "quarantined": 1}),
    ]
