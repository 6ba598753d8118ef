"""What is said is handled once, by one, and only when its transaction says so."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from pictureday.bus import Taken
from pictureday.catalogue import messages
from pictureday.messages import DeliveryToTell, Queue
from tests.contract.bus.ground import Ground, photos, until


def test_a_message_is_handled_once_and_gone(ground: Ground) -> None:
    """Said, taken, finished: one effect, no row left, nobody is given it again."""
    bus = ground.bus()
    [message_id] = ground.say(photos(1, 2), vendor="lens")
    consumer = bus.consumer(Queue.RECEIVED)
    taken = consumer.take(30)
    assert taken is not None
    assert (taken.id, taken.message, taken.attempts, taken.vendor) == (message_id, photos(1, 2), 1, "lens")
    ground.handler()(taken)
    consumer.done(taken)
    assert consumer.take(0.3) is None
    assert ground.depth() == {}
    assert ground.traces() == {1: 1, 2: 1}


def test_what_was_rolled_back_is_never_heard(ground: Ground) -> None:
    """A message belongs to the transaction of the change it tells of; without that change there is no message."""
    bus = ground.bus()
    with suppress(ZeroDivisionError), ground.catalogue.write() as tx:
        messages.say(tx, photos(1))
        raise ZeroDivisionError
    bus.wake(Queue.RECEIVED)
    assert bus.consumer(Queue.RECEIVED).take(0.7) is None


def test_each_queue_has_its_own(ground: Ground) -> None:
    """A consumer of one queue is never given a message of another."""
    bus = ground.bus()
    ground.say(photos(1), DeliveryToTell(delivery_id=7))
    taken = bus.consumer(Queue.VERDICTS).take(30)
    assert taken is not None
    assert taken.message == DeliveryToTell(delivery_id=7)


def test_a_message_handled_before_the_ack_was_lost_is_not_handled_again(ground: Ground) -> None:
    """The handler has committed, then its process lost the ack: the redelivery finds no row, and that is its end."""
    first = ground.bus()
    ground.say(photos(1))
    taken = first.consumer(Queue.RECEIVED).take(30)
    assert taken is not None
    ground.handler()(taken)
    first.close()
    second = ground.bus()
    ground.say(photos(2))
    handler = ground.handler()
    with ground.at_work(second.consumer(Queue.RECEIVED), handler):
        ground.until_empty()
    assert ground.traces() == {1: 1, 2: 1}
    assert [taken.message for taken in handler.met] == [photos(2)]


def test_a_message_is_called_done_when_its_handler_has_committed(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not sooner: the broker would forget it, and nobody would renew its lease, while it is still being handled."""
    ground.say(photos(1))
    consumer, effects = ground.bus().consumer(Queue.RECEIVED), list[int]()
    done = consumer.done

    def noted(taken: Taken) -> None:
        effects.append(sum(ground.traces().values()))
        done(taken)

    monkeypatch.setattr(consumer, "done", noted)
    with ground.at_work(consumer, ground.handler()):
        until(lambda: effects, "it is never done")
    assert effects == [1]


def test_the_second_of_two_who_finish_changes_nothing(ground: Ground) -> None:
    """Whoever comes second to delete the row is told so, and leaves the work to the first."""
    bus = ground.bus()
    ground.say(photos(1))
    taken = bus.consumer(Queue.RECEIVED).take(30)
    assert taken is not None
    handler = ground.handler()
    handler(taken)
    handler(taken)
    assert ground.traces() == {1: 1}


def test_a_late_delay_is_kept(ground: Ground) -> None:
    """A message given back with a delay is not there before its time, and there after it."""
    bus = ground.bus()
    ground.say(photos(1))
    consumer = bus.consumer(Queue.RECEIVED)
    taken = consumer.take(30)
    assert taken is not None
    consumer.give_back(taken, delay=1.5, count=True)
    assert consumer.take(0.3) is None
    again = consumer.take(30)
    assert again is not None
    assert (again.id, again.attempts) == (taken.id, 2)


def test_an_unreadable_message_is_parked_and_holds_up_nobody(ground: Ground) -> None:
    """A row written by another version is put aside for a person, and the next one is handled."""
    from sqlalchemy import update

    from pictureday.catalogue.tables import messages as table

    [bad, _] = ground.say(photos(1), photos(2))
    with ground.catalogue.write() as tx:
        tx.execute(update(table).where(table.c.id == bad).values(body='{"kind":"Unheard"}'))
    with ground.at_work(ground.bus().consumer(Queue.RECEIVED), ground.handler()):
        ground.until_empty()
    assert ground.traces() == {2: 1}
    assert [one.id for one in ground.parked()] == [bad]


def test_every_thread_ends_with_the_bus(ground: Ground) -> None:
    """After `close` nothing of the bus runs on."""
    before = set(threading.enumerate())
    bus = ground.bus()
    ground.say(photos(1))
    consumer = bus.consumer(Queue.RECEIVED)
    assert consumer.take(30) is not None
    bus.close()
    assert set(threading.enumerate()) == before
    assert consumer.take(5) is None
