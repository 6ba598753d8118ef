"""What is declared at the broker."""

from __future__ import annotations

import pytest

from pictureday.bus.amqp.topology import Topology
from pictureday.messages import Queue


@pytest.mark.parametrize("queue", [Queue.RECEIVED, Queue.VERDICTS, Queue.SYNC])
def test_work_queues_dead_letter_at_least_once(queue: Queue) -> None:
    """Without all four of these RabbitMQ falls back, silently, to dead-lettering that may lose."""
    arguments = Topology("pd").arguments(queue)
    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-dead-letter-exchange"] == "pd.dead"
    assert arguments["x-dead-letter-strategy"] == "at-least-once"
    assert arguments["x-overflow"] == "reject-publish"


def test_the_feed_is_bounded() -> None:
    """A feed that nobody watches drops its oldest; the catalogue is the truth."""
    arguments = Topology("pd").arguments(Queue.QUARANTINE)
    assert (arguments["x-max-length"], arguments["x-overflow"]) == (100_000, "drop-head")


def test_names_have_the_prefix() -> None:
    """Two districts share a broker under two prefixes."""
    assert Topology("north").name(Queue.SYNC) == "north.sync"
