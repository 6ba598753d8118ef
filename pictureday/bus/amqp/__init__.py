"""The bus through RabbitMQ: a relay says the catalogue's rows, consumers take them from quorum queues.

The row stays the truth: what the broker loses is said again under the same id. All of pika is in here.
"""

from __future__ import annotations

from pictureday import config
from pictureday.bus.amqp.consumer import AmqpConsumer
from pictureday.bus.amqp.nodes import nodes
from pictureday.bus.amqp.relay import Relay
from pictureday.bus.amqp.topology import Topology
from pictureday.bus.heart import Heart
from pictureday.bus.protocol import Consumer
from pictureday.catalogue import Catalogue
from pictureday.messages import Queue

__all__ = ["AmqpBus"]


class AmqpBus:
    """RabbitMQ, quorum queues, one connection for saying and one for each consumer."""

    has_feed = True

    def __init__(self, settings: config.Bus, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._nodes = nodes(settings.url)
        self._topology = Topology(settings.prefix)
        self._heart = Heart(catalogue, settings.lease)
        self._relay = Relay(settings, self._nodes, catalogue, self._topology)
        self._consumers: list[AmqpConsumer] = []

    def start(self) -> None:
        """See `Bus.start`."""
        self._heart.start()
        self._relay.start()

    def close(self) -> None:
        """See `Bus.close`."""
        for consumer in self._consumers:
            consumer.close()
        self._relay.close()
        self._heart.close()

    def consumer(self, queue: Queue) -> Consumer:
        """See `Bus.consumer`."""
        consumer = AmqpConsumer(
            catalogue=self._catalogue,
            heart=self._heart,
            wake=self._relay.wake,
            nodes=self._nodes,
            topology=self._topology,
            queue=queue,
        )
        self._consumers.append(consumer)
        return consumer

    def wake(self, queue: Queue) -> None:  # noqa: ARG002 - the relay looks at all of them
        """See `Bus.wake`."""
        self._relay.wake()

    def drain(self, queue: Queue) -> int:
        """See `Bus.drain`."""
        return self._relay.drain(queue)

    def healthy(self) -> bool:
        """See `Bus.healthy`."""
        return not self.why_not()

    def why_not(self) -> str:
        """See `Bus.why_not`."""
        return self._relay.why_not()
