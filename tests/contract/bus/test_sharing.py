"""Consumers share the work, vendors take turns, and a dead consumer's work goes to the living."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from pictureday.bus import Taken
from pictureday.messages import Queue
from tests.contract.bus.ground import Ground, photos, until


def test_consumers_share_the_work_and_do_none_of_it_twice(ground: Ground) -> None:
    """Sixty messages, two processes' worth of buses with two hands each: sixty effects, and nobody idle."""
    ground.say(*(photos(number) for number in range(60)))
    everybody = threading.Barrier(4)

    def before(_taken: Taken) -> None:
        if not all_began.is_set():  # each hand waits with its first message until all have one
            everybody.wait(30)
            all_began.set()

    all_began = threading.Event()
    with ExitStack() as stack:
        for bus in (ground.bus(), ground.bus()):
            for _ in range(2):
                stack.enter_context(ground.at_work(bus.consumer(Queue.RECEIVED), ground.handler(before)))
        ground.until_empty()
    assert ground.traces() == dict.fromkeys(range(60), 1)


def test_a_big_delivery_does_not_hold_up_a_single_retake(ground: Ground) -> None:
    """A vendor with one message said last is served within a few turns, not after the other's forty."""
    ground.say(*(photos(number) for number in range(40)), vendor="big")
    ground.say(photos(1000), vendor="small")
    handler = ground.handler()
    with ground.at_work(ground.bus(vendor_outstanding=2).consumer(Queue.RECEIVED), handler):
        ground.until_empty()
    place = [taken.message for taken in handler.met].index(photos(1000))
    assert place <= 4


def test_what_a_killed_process_had_in_hand_is_handled_by_another(ground: Ground) -> None:
    """Kill -9 in the middle of work: the lease runs out, and the attempt that killed is counted."""
    ground.say(photos(1))
    process = ground.hold_elsewhere()
    process.kill()
    handler = ground.handler()
    with ground.at_work(ground.bus(lease=1.0).consumer(Queue.RECEIVED), handler):
        ground.until_empty()
    assert ground.traces() == {1: 1}
    assert handler.met[0].attempts == 2


def test_what_is_in_a_living_hand_is_left_there(ground: Ground) -> None:
    """Work that takes longer than a lease keeps it: the lease is renewed, and nobody else gets the message."""
    first, second = ground.bus(lease=1.0), ground.bus(lease=1.0)
    ground.say(photos(1))
    taken = first.consumer(Queue.RECEIVED).take(30)
    assert taken is not None
    assert second.consumer(Queue.RECEIVED).take(2.5) is None
    ground.handler()(taken)
    assert ground.traces() == {1: 1}


def test_whoever_lost_the_lease_changes_nothing(ground: Ground) -> None:
    """A process that slept through its lease (a suspended machine) leaves the message to the one who has it now."""
    sleeper, other = ground.bus(lease=0.5), ground.bus(lease=0.5)
    ground.say(photos(1))
    asleep = sleeper.consumer(Queue.RECEIVED).take(30)
    assert asleep is not None
    sleeper.close()  # its leases are not renewed any more
    awake = other.consumer(Queue.RECEIVED).take(30)
    assert awake is not None
    assert awake.id == asleep.id
    handler = ground.handler()
    handler(asleep)
    assert ground.traces() == {}
    handler(awake)
    assert ground.traces() == {1: 1}


def test_a_message_that_kills_its_process_is_parked_before_it_kills_another(ground: Ground) -> None:
    """The count on the row is all that a crash loop leaves; past the limit the handler is not called."""
    from sqlalchemy import update

    from pictureday.catalogue.tables import messages as table

    [message_id] = ground.say(photos(1))
    with ground.catalogue.write() as tx:
        tx.execute(update(table).where(table.c.id == message_id).values(attempts=5))
    handler = ground.handler()
    with ground.at_work(ground.bus().consumer(Queue.RECEIVED), handler):
        until(ground.parked, "it was never parked")
    assert handler.met == []
