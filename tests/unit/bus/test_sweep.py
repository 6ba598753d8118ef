"""When a message that was said is said again."""

from __future__ import annotations

from pictureday.bus.amqp.sweep import SWEPT, age_to_resay
from pictureday.catalogue.outbox import interleaved
from pictureday.messages import Queue


def test_an_empty_queue_has_lost_what_was_said_a_while_ago() -> None:
    """Nothing waits at the broker, so what is still on record was lost; else it is given ten times as long."""
    assert age_to_resay(60, 0) == 60
    assert age_to_resay(60, 1) == 600


def test_the_night_feed_is_never_swept() -> None:
    """It waits for the night by design, and nobody of ours consumes the quarantine feed."""
    assert set(SWEPT) == {Queue.RECEIVED, Queue.VERDICTS}


def test_lanes_take_turns() -> None:
    """One of each vendor in turn, until the longest is done."""
    assert interleaved([(1, 2, 3), (), (7,), (8, 9)]) == (1, 7, 8, 2, 9, 3)
