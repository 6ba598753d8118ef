"""The buses of a simulation: rows leased from the catalogue, or a broker that loses, doubles and reorders.

Only the broker and its wire are made up. What is said, taken in hand, given back, split, parked and said again
are the very statements that the real buses use.
"""

from __future__ import annotations

import random
import uuid

from pictureday.bus.heart import Heart
from pictureday.bus.holding import Holding, new_owner
from pictureday.bus.protocol import Taken
from pictureday.catalogue import held, outbox
from pictureday.catalogue.messages import Stored
from pictureday.messages import Queue
from tests.simulation.nature import MortalCatalogue

__all__ = ["LEASE", "Broker", "Delivered", "Leased", "relay", "say_again"]

LEASE = 5.0  # seconds
_RESAY = 60.0
_CONSUMED = Queue.RECEIVED, Queue.VERDICTS


class Leased(Holding):
    """The embedded bus's consumer, without its waiting."""

    def __init__(self, catalogue: MortalCatalogue, queue: Queue) -> None:
        super().__init__(catalogue, Heart(catalogue, LEASE), lambda: None)
        self._queue = queue
        self._served = ""

    def take(self, timeout: float) -> Taken | None:
        """See `Consumer.take`."""
        del timeout
        owner = new_owner()
        with self._catalogue.write() as tx:
            row = held.lease(tx, self._queue, owner=owner, seconds=LEASE, after=self._served)
        self._served = row.vendor if row else self._served
        return self._opened(row, owner) if row else None

    def close(self) -> None:
        """See `Consumer.close`."""

    def _settle(self, taken: Taken) -> None:
        """Nothing: there is only the row."""


class Broker:
    """Holds what was published until it is acknowledged, in no order; `trouble` is how often it errs."""

    def __init__(self, chance: random.Random) -> None:
        self.waiting: dict[Queue, list[int]] = {queue: [] for queue in _CONSUMED}
        self.trouble = 0.0
        self._chance = chance

    def publish(self, row: Stored) -> None:
        """Take a message over; it may be lost, or be there twice."""
        copies = 1
        if self._chance.random() < self.trouble:
            copies = self._chance.choice([0, 2])
        self.waiting[row.queue] += [row.id] * copies

    def any_of(self, queue: Queue) -> int | None:
        """Some message of the queue; it stays until `acknowledge`."""
        return self._chance.choice(self.waiting[queue]) if self.waiting[queue] else None

    def acknowledge(self, queue: Queue, message_id: int) -> None:
        """Forget one copy of it; or not, where the word is lost."""
        if self._chance.random() >= self.trouble and message_id in self.waiting[queue]:
            self.waiting[queue].remove(message_id)

    def restart(self) -> None:
        """It comes back without some of what it had."""
        for queue, ids in self.waiting.items():
            self.waiting[queue] = [one for one in ids if self._chance.random() >= self.trouble]


class Delivered(Holding):
    """A consumer of the broker."""

    def __init__(self, catalogue: MortalCatalogue, broker: Broker, queue: Queue) -> None:
        super().__init__(catalogue, Heart(catalogue, LEASE), lambda: None)
        self._broker = broker
        self._queue = queue

    def take(self, timeout: float) -> Taken | None:
        """See `Consumer.take`."""
        del timeout
        message_id = self._broker.any_of(self._queue)
        if message_id is None:
            return None
        owner = new_owner()
        with self._catalogue.write() as tx:
            row = held.take(tx, message_id, owner=owner, seconds=LEASE)
        if row is None:
            self._broker.acknowledge(self._queue, message_id)
            return None
        return self._opened(row, owner)

    def close(self) -> None:
        """See `Consumer.close`."""

    def _settle(self, taken: Taken) -> None:
        self._broker.acknowledge(self._queue, taken.id)


def relay(catalogue: MortalCatalogue, broker: Broker) -> int:
    """Say to the broker what is ready; how many messages."""
    count = 0
    for queue in _CONSUMED:
        with catalogue.read() as tx:
            turn = outbox.unsaid(tx, queue, most=50, seconds=LEASE, outstanding=3)
        count += _say(catalogue, broker, turn.ids) if turn.ids else 0
    return count


def _say(catalogue: MortalCatalogue, broker: Broker, ids: tuple[int, ...]) -> int:
    owner = uuid.uuid4().hex
    with catalogue.write() as tx:
        rows = outbox.claim(tx, ids, owner=owner, seconds=LEASE)
    for row in rows:
        broker.publish(row)
    with catalogue.write() as tx:
        outbox.said(tx, [row.id for row in rows], owner=owner)
    return len(rows)


def say_again(catalogue: MortalCatalogue) -> int:
    """The sweep: what a dead holder or the broker lost is ready again; how many messages."""
    count = 0
    for queue in _CONSUMED:
        with catalogue.read() as tx:
            ids = outbox.abandoned(tx, queue, seconds=LEASE)
            ids += outbox.overdue(tx, queue, age=_RESAY, seconds=LEASE)
        if ids:
            with catalogue.write() as tx:
                outbox.say_again(tx, ids, seconds=LEASE)
        count += len(ids)
    return count
