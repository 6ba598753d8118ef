"""A message on its way is confirmed, refused or late, and never two of these."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pictureday.bus.amqp.flight import Flight, Outcome
from pictureday.catalogue.messages import Stored
from pictureday.messages import Queue


def _row(number: int, vendor: str = "lens") -> Stored:
    return Stored(id=number, queue=Queue.RECEIVED, vendor=vendor, body="", attempts=0, suspect=False)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans())), st.floats(0, 20))
def test_every_message_ends_one_way_at_most(answers: list[tuple[int, bool]], now: float) -> None:
    """Whatever answers come, of ours or of others, repeated or not: no message is both said and not said."""
    flight = Flight(10, 4.0)
    flight.sent([_row(number) for number in range(5)], 0.0)
    flight.note(Outcome(message_id=number, confirmed=good) for number, good in answers)
    confirmed, failed = flight.confirmed(), flight.failed(now)
    ids = [row.id for row in (*confirmed, *failed)]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(range(5))
    assert now <= 4.0 or len(ids) == 5


def test_what_landed_makes_room() -> None:
    """The window counts what nobody has written down yet."""
    flight = Flight(3, 4.0)
    flight.sent([_row(1), _row(2, "other")], 0.0)
    assert flight.room == 1
    assert flight.by_vendor(Queue.RECEIVED) == {"lens": 1, "other": 1}
    flight.landed([_row(1)])
    assert flight.room == 2
    assert flight.all() == [_row(2, "other")]
