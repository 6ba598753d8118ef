"""What only RabbitMQ can do to us: die, lose queues, refuse, and be fed by strangers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from pictureday.bus import connect
from pictureday.bus.amqp.topology import Topology
from pictureday.catalogue import messages
from pictureday.catalogue.messages import MessageState
from pictureday.config import Bus as BusSettings
from pictureday.errors import ConfigError, Outage
from pictureday.messages import PhotoAccepted, PhotoQuarantined, Queue, decode
from tests.contract.bus.ground import Ground, photos, until
from tests.servers import RabbitServer


@contextmanager
def _broker(ground: Ground) -> Iterator[BlockingChannel]:
    """The broker as somebody else sees it."""
    with pika.BlockingConnection(pika.URLParameters(ground.bus_url)) as connection:
        yield connection.channel()


def _received(ground: Ground) -> str:
    return f"{ground.prefix}.received"


def _until_said(ground: Ground, count: int, queue: Queue = Queue.RECEIVED) -> None:
    until(lambda: ground.depth(queue).get(MessageState.SAID) == count, f"{ground.depth(queue)} and not {count} said")


@pytest.mark.parametrize("amqp_ground", ["sqlite", "postgres"], indirect=True)
def test_a_broker_that_is_killed_and_comes_back_loses_nothing(amqp_ground: Ground, rabbit: RabbitServer) -> None:
    """Kill -9 of the broker in mid-flow, more said while it is away: each photo handled exactly once, none parked."""
    amqp_ground.say(*(photos(number) for number in range(60)), vendor="lens")
    handler = amqp_ground.handler(lambda _taken: time.sleep(0.03))
    with ExitStack() as stack:
        for bus in (amqp_ground.bus(resay=2.0), amqp_ground.bus(resay=2.0)):
            stack.enter_context(amqp_ground.at_work(bus.consumer(Queue.RECEIVED), handler))
        until(lambda: len(handler.met) > 10, "nothing is handled")
        rabbit.kill()
        assert len(handler.met) < 60
        amqp_ground.say(*(photos(number) for number in range(60, 80)), vendor="other")
        rabbit.start()
        amqp_ground.until_empty()
    assert amqp_ground.traces() == dict.fromkeys(range(80), 1)
    assert amqp_ground.parked() == []


def test_messages_of_a_deleted_queue_are_said_again(amqp_ground: Ground) -> None:
    """An operator deletes the queue with all that was in it: it is made again, and the rows are said again."""
    bus = amqp_ground.bus(resay=0.5)
    amqp_ground.say(*(photos(number) for number in range(5)))
    _until_said(amqp_ground, 5)
    with _broker(amqp_ground) as channel:
        channel.queue_delete(_received(amqp_ground))
    amqp_ground.say(photos(5))
    with amqp_ground.at_work(bus.consumer(Queue.RECEIVED), amqp_ground.handler()):
        amqp_ground.until_empty()
    assert amqp_ground.traces() == dict.fromkeys(range(6), 1)


def test_publishing_to_a_missing_queue_says_nothing_and_mends_it(amqp_ground: Ground) -> None:
    """A message that the broker can give to no queue comes back: it is not said, the queue is made, it is said."""
    bus = amqp_ground.bus(resay=600.0)
    until(bus.healthy, "the bus is not up")
    with _broker(amqp_ground) as channel:
        channel.queue_delete(_received(amqp_ground))
        amqp_ground.say(photos(1))
        bus.wake(Queue.RECEIVED)
        _until_said(amqp_ground, 1)
        assert channel.queue_declare(_received(amqp_ground), passive=True).method.message_count == 1


def test_a_consumer_survives_the_deletion_of_its_queue(amqp_ground: Ground) -> None:
    """The broker cancels whoever consumes a queue that is deleted; the consumer is back by itself."""
    bus = amqp_ground.bus(resay=0.5)
    with amqp_ground.at_work(bus.consumer(Queue.RECEIVED), amqp_ground.handler()):
        amqp_ground.say(photos(1))
        amqp_ground.until_empty()
        with _broker(amqp_ground) as channel:
            channel.queue_delete(_received(amqp_ground))
        amqp_ground.say(photos(2))
        amqp_ground.until_empty()
    assert amqp_ground.traces() == {1: 1, 2: 1}


def test_a_consumer_survives_a_queue_that_is_deleted_and_made_again_at_once(
    amqp_ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker does not tell a consumer of that; who has heard nothing for a while asks anew."""
    monkeypatch.setattr("pictureday.bus.amqp.consumer._SILENCE", 0.5)
    bus = amqp_ground.bus(resay=0.5)
    with amqp_ground.at_work(bus.consumer(Queue.RECEIVED), amqp_ground.handler()):
        amqp_ground.say(photos(1))
        amqp_ground.until_empty()
        for number in range(2, 12):
            with _broker(amqp_ground) as channel:
                channel.queue_delete(_received(amqp_ground))
                arguments = dict(Topology(amqp_ground.prefix).arguments(Queue.RECEIVED))
                channel.queue_declare(_received(amqp_ground), durable=True, arguments=arguments)
            amqp_ground.say(photos(number))
            amqp_ground.until_empty()
    assert amqp_ground.traces() == dict.fromkeys(range(1, 12), 1)


def test_a_confirmed_message_that_the_broker_lost_is_said_again(amqp_ground: Ground) -> None:
    """Said long ago, and its queue is empty: the row still has it, so it is said again under the same id."""
    bus = amqp_ground.bus(resay=0.5)
    [message_id] = amqp_ground.say(photos(1))
    _until_said(amqp_ground, 1)
    assert bus.drain(Queue.RECEIVED) == 1
    taken = bus.consumer(Queue.RECEIVED).take(30)
    assert taken is not None
    assert (taken.id, taken.attempts) == (message_id, 1)


def test_a_message_said_twice_is_handled_once(amqp_ground: Ground) -> None:
    """A second copy of a message in hand, or of one that is gone, is acked and no more."""
    bus = amqp_ground.bus()
    [message_id] = amqp_ground.say(photos(1))
    consumer = bus.consumer(Queue.RECEIVED)
    taken = consumer.take(30)
    assert taken is not None
    with _broker(amqp_ground) as channel:
        copy = pika.BasicProperties(message_id=str(message_id))
        channel.basic_publish("", _received(amqp_ground), b"", copy)
        channel.basic_publish("", _received(amqp_ground), b"", copy)
        assert bus.consumer(Queue.RECEIVED).take(0.5) is None
        amqp_ground.handler()(taken)
        consumer.done(taken)
        assert consumer.take(0.5) is None
    bus.close()
    with _broker(amqp_ground) as channel:
        assert channel.queue_declare(_received(amqp_ground), passive=True).method.message_count == 0
    assert amqp_ground.traces() == {1: 1}


def test_nothing_is_acked_before_it_is_committed(amqp_ground: Ground) -> None:
    """As long as the handler has not committed, the broker still has the message for somebody else."""
    bus = amqp_ground.bus()
    amqp_ground.say(photos(1))
    assert bus.consumer(Queue.RECEIVED).take(30) is not None
    bus.close()
    with _broker(amqp_ground) as channel:
        _method, properties, body = channel.basic_get(_received(amqp_ground))
    assert properties is not None
    assert decode(body.decode()) == photos(1)


def test_a_queue_with_other_settings_is_told_in_a_clear_sentence(amqp_ground: Ground) -> None:
    """Somebody declared a queue of ours differently: ops read which and what to do, and deleting it mends it."""
    with _broker(amqp_ground) as channel:
        channel.queue_declare(_received(amqp_ground), durable=True)
    bus = amqp_ground.bus()
    until(lambda: "other settings" in bus.why_not(), f"it says {bus.why_not()!r}")
    assert _received(amqp_ground) in bus.why_not()
    assert not bus.healthy()
    amqp_ground.say(photos(1))
    with _broker(amqp_ground) as channel:
        channel.queue_delete(_received(amqp_ground))
    with amqp_ground.at_work(bus.consumer(Queue.RECEIVED), amqp_ground.handler()):
        amqp_ground.until_empty()
    assert bus.healthy()


def test_a_broker_that_is_away_is_waited_for(amqp_ground: Ground, rabbit: RabbitServer) -> None:
    """The bus starts without its broker and says so; what is said meanwhile is handled once the broker is there."""
    rabbit.stop()
    bus = amqp_ground.bus()
    amqp_ground.say(photos(1))
    until(lambda: "can't be reached" in bus.why_not(), f"it says {bus.why_not()!r}")
    with pytest.raises(Outage):
        bus.drain(Queue.SYNC)
    assert amqp_ground.depth() == {MessageState.READY: 1}
    rabbit.start()
    with amqp_ground.at_work(bus.consumer(Queue.RECEIVED), amqp_ground.handler()):
        amqp_ground.until_empty()
    assert bus.healthy()


@pytest.mark.parametrize(
    ("change", "said"), [(("guest:guest", "guest:wrong"), "user or password"), (("/test", "/nosuch"), "virtual host")]
)
def test_a_refusal_is_told_in_a_clear_sentence(amqp_ground: Ground, change: tuple[str, str], said: str) -> None:
    """A wrong password or virtual host reads as what it is."""
    amqp_ground.bus_url = amqp_ground.bus_url.replace(*change)
    bus = amqp_ground.bus()
    until(lambda: said in bus.why_not(), f"it says {bus.why_not()!r}")


def test_a_url_that_is_none_is_refused_at_once(amqp_ground: Ground) -> None:
    """What can never work is a wrong setting, not an outage."""
    with pytest.raises(ConfigError, match=r"bus\.url"):
        connect(BusSettings(url="amqp://127.0.0.1:notaport/"), amqp_ground.catalogue)


def test_the_night_feed_waits_and_is_drained(amqp_ground: Ground) -> None:
    """What was accepted waits at the broker until the sync takes it off, however long; the rows go separately."""
    bus = amqp_ground.bus(resay=0.3)
    amqp_ground.say(*(PhotoAccepted(photo_ids=(number,)) for number in range(20)), vendor="lens")
    _until_said(amqp_ground, 20, Queue.SYNC)
    assert bus.drain(Queue.SYNC) == 20
    assert bus.drain(Queue.SYNC) == 0
    with amqp_ground.catalogue.write() as tx:
        assert messages.clear(tx, Queue.SYNC, up_to=messages.last_id(tx, Queue.SYNC)) == 20


def test_the_quarantine_feed_can_be_watched_and_keeps_no_rows(amqp_ground: Ground) -> None:
    """Ops read the feed at the broker; nobody of ours consumes it, so a confirm is all its row waits for."""
    bus = amqp_ground.bus()
    assert bus.has_feed
    amqp_ground.say(PhotoQuarantined(photo_ids=(1, 2)))
    until(lambda: not amqp_ground.depth(Queue.QUARANTINE), "its row stays")
    with _broker(amqp_ground) as channel:
        _method, _properties, body = channel.basic_get(f"{amqp_ground.prefix}.quarantine", auto_ack=True)
    assert decode(body.decode()) == PhotoQuarantined(photo_ids=(1, 2))


def test_a_broker_without_room_is_waited_for(amqp_ground: Ground, rabbit: RabbitServer) -> None:
    """A memory alarm at the broker: it is told in a sentence, rows stay, and all goes on when it has room again."""
    bus = amqp_ground.bus()
    until(bus.healthy, "the bus is not up")
    rabbit.ctl("set_vm_memory_high_watermark", "0.000001")
    try:
        amqp_ground.say(photos(1))
        until(lambda: "low on memory" in bus.why_not(), f"it says {bus.why_not()!r}")
    finally:
        rabbit.ctl("set_vm_memory_high_watermark", "absolute", "1GB")
    with amqp_ground.at_work(bus.consumer(Queue.RECEIVED), amqp_ground.handler()):
        amqp_ground.until_empty()
    assert bus.healthy()


def test_a_vendor_has_a_bounded_number_of_messages_outstanding(amqp_ground: Ground) -> None:
    """Of a big delivery only a few messages are said at a time, so the others' are never far behind."""
    amqp_ground.bus(vendor_outstanding=3)
    amqp_ground.say(*(photos(number) for number in range(20)), vendor="big")
    amqp_ground.say(photos(100), vendor="small")
    _until_said(amqp_ground, 4)
    assert amqp_ground.depth()[MessageState.READY] == 17


def test_a_stranger_s_message_goes_to_the_parking_queue(amqp_ground: Ground) -> None:
    """What names no row of ours is put where a person sees it, and holds up nobody."""
    bus = amqp_ground.bus()
    with amqp_ground.at_work(bus.consumer(Queue.RECEIVED), amqp_ground.handler()), _broker(amqp_ground) as channel:
        until(bus.healthy, bus.why_not())
        channel.basic_publish("", _received(amqp_ground), b"hello")
        amqp_ground.say(photos(1))
        amqp_ground.until_empty()
        until(lambda: channel.basic_get(f"{amqp_ground.prefix}.parking")[2] == b"hello", "it was not parked")


def test_going_back_to_the_embedded_bus_takes_the_messages_along(amqp_ground: Ground) -> None:
    """What RabbitMQ was told is still on record, so changing the setting loses nothing."""
    amqp = amqp_ground.bus()
    amqp_ground.say(photos(1), PhotoQuarantined(photo_ids=(2,)))
    _until_said(amqp_ground, 1)
    amqp.close()
    amqp_ground.bus_url = "embedded:"
    with amqp_ground.at_work(amqp_ground.bus().consumer(Queue.RECEIVED), amqp_ground.handler()):
        amqp_ground.until_empty()
    assert amqp_ground.traces() == {1: 1}
