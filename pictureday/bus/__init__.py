"""The bus: how stages hand on work, embedded or through RabbitMQ, behind one interface.

In: rows of the catalogue's `messages` table (`pictureday.catalogue.messages.say`, in the transaction of the
change they tell of). Out: each of them in exactly one pair of hands at a time, until a handler's own
transaction deletes it (`finish`). Guaranteed on both buses: nothing said is lost, handling twice changes
nothing, a message that fails again and again is parked and holds up nobody, vendors take turns.

    bus = connect(settings.bus, catalogue)
    bus.start()
    with bus.consumer(Queue.RECEIVED) as consumer:
        work(consumer, handle, stop, policy=Policy(attempts=settings.bus.attempts))
    bus.close()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pictureday import config
from pictureday.bus.hand import OnPark, Policy, work
from pictureday.bus.protocol import Bus, Consumer, Taken
from pictureday.catalogue import Catalogue

if TYPE_CHECKING:
    from pictureday.bus.amqp.feed import Feed

__all__ = ["Bus", "Consumer", "OnPark", "Policy", "Taken", "connect", "feed", "work"]


def connect(settings: config.Bus, catalogue: Catalogue) -> Bus:
    """The bus that `settings.url` names; nothing runs before its `start`. Raises `ConfigError` on no URL."""
    if settings.url.startswith("embedded:"):
        from pictureday.bus.embedded import EmbeddedBus

        return EmbeddedBus(settings, catalogue)
    from pictureday.bus.amqp import AmqpBus

    return AmqpBus(settings, catalogue)


def feed(url: str, queue: str) -> Feed:
    """A queue of RabbitMQ that others write to, as a bucket's server does. Raises `ConfigError` on no URL."""
    from pictureday.bus.amqp.feed import Feed

    return Feed(url, queue)
