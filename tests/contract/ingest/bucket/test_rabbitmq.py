"""Events by RabbitMQ, as Ceph sends them: the same inbox, another source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from ingest.bucket.sources import source_of
from pictureday.bucketurl import EventsUrl
from pictureday.errors import Outage
from pictureday.s3 import Letter
from tests.contract.ingest.bucket.world import World
from tests.flow.district import eventually
from tests.photos import portrait
from tests.servers import S3Server

A = "000000A001.jpg"


class RabbitWorld(World):
    """A world whose events come by RabbitMQ: a topic exchange, and a quorum queue that is bound to it."""

    def __init__(self, folder: Path, s3: S3Server, amqp_url: str) -> None:
        self.amqp = pika.BlockingConnection(pika.URLParameters(amqp_url))
        self.channel = self.amqp.channel()
        self.channel.exchange_declare("buckets", "topic", durable=True)
        self.channel.queue_declare("photos", durable=True, arguments={"x-queue-type": "quorum"})
        self.channel.queue_bind("photos", "buckets", "inbox")
        self.amqp_url = f"{amqp_url}?queue=photos&prefix=vendors&endpoint={s3.endpoint}"
        super().__init__(folder, s3)

    def inbox_url(self, queue: str, endpoint: str) -> str:
        """RabbitMQ's, not SQS's."""
        del queue, endpoint
        return f"{self.amqp_url}&bucket={self.bucket}"

    def send(self, body: str) -> None:
        """Send any message."""
        self.channel.basic_publish("buckets", "inbox", body.encode(), pika.BasicProperties(delivery_mode=2))

    def _count(self, *_: str) -> int:
        found: Any = self.channel.queue_declare("photos", passive=True)
        return int(found.method.message_count)

    def has_taken(self, count: int) -> bool:
        """Whether so many files are in the catalogue, when the ingester has had a turn."""
        self.go()
        return len(self.files()) == count

    def close(self) -> None:
        """End it."""
        super().close()
        self.amqp.close()


@pytest.fixture
def rabbit_world(tmp_path: Path, s3: S3Server, amqp_url: str) -> Iterator[RabbitWorld]:
    """A world on RabbitMQ."""
    made = RabbitWorld(tmp_path, s3, amqp_url)
    yield made
    made.close()


def test_ceph_events_bring_objects_in(rabbit_world: RabbitWorld) -> None:
    """Keys as they are, tags in quotes; the event is acked when its drop is committed, and never before."""
    world = rabbit_world
    world.go()
    for path in (A, "monday/a+b%20c.jpg"):
        answer = world.put(path, portrait())
        world.tell(path, key=world.key(path), source="ceph:s3", eTag=f'"{answer["eTag"]}"')
    eventually(lambda: world.has_taken(2), "both taken")
    assert sorted(world.files()) == [(A, "received"), ("monday/a+b%20c.jpg", "received")]
    assert world.keys() == []
    world.ingester.stop()
    assert world._count() == 0


def test_what_was_not_dealt_with_comes_again(rabbit_world: RabbitWorld) -> None:
    """An ingester that goes without an ack leaves the event to the next one."""
    world = rabbit_world
    source = source_of(EventsUrl.parse(world.inbox.url))
    world.send("{}")
    eventually(lambda: len(source.receive()) == 1, "it is delivered")
    source.close()
    again = source_of(EventsUrl.parse(world.inbox.url))
    letters: list[Letter] = []

    def delivered() -> bool:
        letters.extend(again.receive())
        return len(letters) == 1

    eventually(delivered, "it is delivered again")
    again.delete(letters)
    again.close()
    assert world._count() == 0


def test_a_queue_that_is_not_there(rabbit_world: RabbitWorld) -> None:
    """It is the admin's to make, and is named."""
    url = rabbit_world.inbox.url.replace("queue=photos", "queue=nowhere")
    source = source_of(EventsUrl.parse(url))
    try:
        with pytest.raises(Outage, match=r"The queue nowhere can't be read\. .*no queue 'nowhere'"):
            source.receive()
    finally:
        source.close()
