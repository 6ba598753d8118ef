"""The table under the bus, on either database: whose turn it is, whose a message is, and what a clock can't break."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from pictureday.catalogue import Catalogue, held, messages, outbox
from pictureday.catalogue.messages import MessageState, Stored
from pictureday.catalogue.tables import messages as table
from pictureday.errors import Outage
from pictureday.messages import PhotosReceived, Queue, decode

_HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgres"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    url = f"sqlite:///{tmp_path / 'c.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    catalogue = Catalogue.open(url)
    yield catalogue
    catalogue.close()


def _say(catalogue: Catalogue, vendor: str, *numbers: int) -> list[int]:
    with catalogue.write() as tx:
        return [messages.say(tx, PhotosReceived(photo_ids=(number,)), vendor=vendor) for number in numbers]


def _lease(catalogue: Catalogue, after: str = "", owner: str = "me") -> Stored | None:
    with catalogue.write() as tx:
        return held.lease(tx, Queue.RECEIVED, owner=owner, seconds=10, after=after)


def _set(catalogue: Catalogue, **values: object) -> None:
    with catalogue.write() as tx:
        tx.execute(update(table).values(values))


def test_vendors_take_turns_and_each_has_its_oldest_first(catalogue: Catalogue) -> None:
    """Round the vendors, in the order in which each said its own."""
    _say(catalogue, "c", 21, 22)
    _say(catalogue, "a", 1, 2, 3)
    _say(catalogue, "b", 11)
    served, order = "", []
    while (row := _lease(catalogue, served)) is not None:
        served = row.vendor
        order.append(decode(row.body).photo_ids[0])  # type: ignore[union-attr]
    assert order == [1, 11, 21, 2, 22, 3]


def test_a_lease_keeps_others_away_and_is_theirs_when_it_ran_out(catalogue: Catalogue) -> None:
    """Held: nobody else gets it. Run out: the next one does, and the first owner has lost it."""
    [message_id] = _say(catalogue, "a", 1)
    assert _lease(catalogue, owner="first") is not None
    assert _lease(catalogue, owner="second") is None
    _set(catalogue, lease_until=datetime.now(UTC) - timedelta(seconds=1))
    again = _lease(catalogue, owner="second")
    assert again is not None
    assert again.attempts == 2
    with catalogue.write() as tx:
        assert not messages.finish(tx, message_id, "first")
        assert not held.give_back(tx, message_id, owner="first", delay=0, count=True)
        assert not held.park(tx, message_id, owner="first", error="late")
        assert held.split(tx, message_id, owner="first", parts=[]) == ()
        assert messages.finish(tx, message_id, "second")


@pytest.mark.parametrize("hours", [-24, -1 / 6, 1 / 6, 24])
def test_a_clock_that_jumps_neither_hides_a_message_nor_keeps_a_dead_lease(catalogue: Catalogue, hours: float) -> None:
    """Written under a clock that was off, by ten minutes or a day: the message is there, and a dead owner's too."""
    _say(catalogue, "a", 1)
    then = datetime.now(UTC) + hours * _HOUR
    _set(catalogue, available_at=then, created_at=then)
    assert _lease(catalogue) is not None
    _set(catalogue, lease_until=then)
    assert _lease(catalogue, owner="other") is not None


def test_a_delay_is_cut_to_a_minute(catalogue: Catalogue) -> None:
    """What is due later than that is taken for a clock that was set back, so nobody may ask for more."""
    with catalogue.write() as tx:
        messages.say(tx, PhotosReceived(photo_ids=(1,)), delay=10_000_000)
    assert _lease(catalogue) is None
    with catalogue.read() as tx:
        due = tx.execute(table.select()).one().available_at
    assert due <= datetime.now(UTC) + timedelta(minutes=1)


def test_the_depths_count_every_message_once(catalogue: Catalogue) -> None:
    """Each queue, each state."""
    _say(catalogue, "a", 1, 2, 3)
    row = _lease(catalogue)
    assert row is not None
    with catalogue.write() as tx:
        held.park(tx, row.id, owner="me", error="x" * 5000)
    _lease(catalogue)
    with catalogue.read() as tx:
        assert messages.depths(tx) == {
            **{queue: {} for queue in Queue},
            Queue.RECEIVED: {MessageState.READY: 1, MessageState.LEASED: 1, MessageState.PARKED: 1},
        }


def test_two_relays_never_claim_the_same_row(catalogue: Catalogue) -> None:
    """Both saw the same rows; the second gets only what the first did not claim."""
    ids = _say(catalogue, "a", *range(5))
    with catalogue.write() as tx:
        assert [row.id for row in outbox.claim(tx, ids[:3], owner="one", seconds=5)] == ids[:3]
    with catalogue.write() as tx:
        assert [row.id for row in outbox.claim(tx, ids, owner="two", seconds=5)] == ids[3:]


def test_a_confirm_that_comes_late_does_not_hide_a_message_given_back(catalogue: Catalogue) -> None:
    """Delivered, failed and given back before the confirm was written down: it is ready, not said."""
    [message_id] = _say(catalogue, "a", 1)
    with catalogue.write() as tx:
        outbox.claim(tx, [message_id], owner="relay", seconds=5)
        assert held.take(tx, message_id, owner="hand", seconds=10) is not None
        assert held.give_back(tx, message_id, owner="hand", delay=0, count=True)
        outbox.said(tx, [message_id], owner="relay")
        assert messages.depths(tx)[Queue.RECEIVED] == {MessageState.READY: 1}


def test_a_vendor_with_enough_said_waits_until_some_of_it_is_done(catalogue: Catalogue) -> None:
    """A turn counts what is said and what is on its way, and says that a vendor has more."""
    ids = _say(catalogue, "a", *range(10))
    with catalogue.write() as tx:
        outbox.claim(tx, ids[:2], owner="relay", seconds=5)
        outbox.said(tx, ids[:2], owner="relay")
        turn = outbox.unsaid(tx, Queue.RECEIVED, most=99, seconds=5, outstanding=5, in_flight={"a": 1})
        assert turn == outbox.Turn(ids=tuple(ids[2:4]), held_back=True)
        none = outbox.unsaid(tx, Queue.RECEIVED, most=99, seconds=5, outstanding=2)
        assert none == outbox.Turn(ids=(), held_back=True)


def test_a_catalogue_that_is_away_is_an_outage_and_not_an_empty_queue(catalogue: Catalogue) -> None:
    """Nobody may take a database error for a quiet day."""
    with catalogue.write() as tx:
        table.drop(tx)
    with pytest.raises(Outage):
        _lease(catalogue)
