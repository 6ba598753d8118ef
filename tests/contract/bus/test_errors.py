"""Errors say what to do with the message, and never take a neighbour along."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Connection

from pictureday.bus import Taken, work
from pictureday.catalogue import messages
from pictureday.catalogue.messages import MessageState
from pictureday.errors import FatalError, Outage
from pictureday.messages import PhotosReceived, Queue
from tests.contract.bus.ground import QUICK, Ground, photos, trace, until


def _poison(*photo_ids: int) -> object:
    def before(taken: Taken) -> None:
        assert isinstance(taken.message, PhotosReceived)
        if set(photo_ids) & set(taken.message.photo_ids):
            raise ZeroDivisionError("poison")

    return before


def _quarantined(tx: Connection, taken: Taken) -> None:
    trace(tx, "parked", taken)


def test_poison_is_parked_after_five_attempts_and_its_neighbours_are_handled(ground: Ground) -> None:
    """One message that always fails is tried five times, put aside with its error, and holds up nobody."""
    ground.say(*(photos(number) for number in range(1, 8)))
    handler = ground.handler(_poison(4))  # type: ignore[arg-type]
    with ground.at_work(ground.bus().consumer(Queue.RECEIVED), handler, on_park=_quarantined):
        ground.until_empty()
    assert ground.traces() == dict.fromkeys((1, 2, 3, 5, 6, 7), 1)
    [parked] = ground.parked()
    assert sum(taken.id == parked.id for taken in handler.met) == 5
    assert "ZeroDivisionError: poison" in parked.last_error
    assert ground.traces("parked") == {4: 1}


def test_a_batch_that_fails_is_split_until_the_one_to_blame_is_alone(ground: Ground) -> None:
    """Of twenty photos in one message, nineteen get their verdict and one is parked."""
    ground.say(photos(*range(1, 21)), vendor="lens")
    handler = ground.handler(_poison(13))  # type: ignore[arg-type]
    with ground.at_work(ground.bus().consumer(Queue.RECEIVED), handler, on_park=_quarantined):
        ground.until_empty()
    assert ground.traces() == {number: 1 for number in range(1, 21) if number != 13}
    assert ground.traces("parked") == {13: 1}
    assert [one.vendor for one in ground.parked()] == ["lens"]


def test_a_parked_message_can_be_replayed(ground: Ground) -> None:
    """Once the bug is mended, a person replays what was parked, and it has all its attempts again."""
    ground.say(photos(1))
    mended = threading.Event()

    def before(_taken: Taken) -> None:
        if not mended.is_set():
            raise ZeroDivisionError

    handler = ground.handler(before)
    with ground.at_work(ground.bus().consumer(Queue.RECEIVED), handler):
        until(ground.parked, "it was never parked")
        mended.set()
        with ground.catalogue.write() as tx:
            assert messages.replay(tx, ground.parked()[0].id) == 1
        ground.until_empty()
    assert ground.traces() == {1: 1}
    assert handler.met[-1].attempts == 1


def test_an_outage_counts_against_nobody(ground: Ground) -> None:
    """However often a message meets an outage, it is still at its first attempt when that is over."""
    ground.say(photos(1, 2))
    attempts: list[int] = []

    def before(taken: Taken) -> None:
        attempts.append(taken.attempts)
        if len(attempts) < 8:
            raise Outage("The blobs are away.")

    with ground.at_work(ground.bus().consumer(Queue.RECEIVED), ground.handler(before)):
        ground.until_empty()
    assert attempts == [1] * 8
    assert ground.traces() == {1: 1, 2: 1}


def test_an_outage_of_the_catalogue_itself_keeps_the_message(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """When even giving back fails, it is tried until it works; then the message is handled, uncounted."""
    ground.say(photos(1))
    attempts: list[int] = []
    consumer = ground.bus().consumer(Queue.RECEIVED)
    give_back, away = consumer.give_back, iter([True, True, True])

    def failing(*args: object, **kwargs: object) -> None:
        if next(away, False):
            raise Outage("The catalogue is away.")
        give_back(*args, **kwargs)  # type: ignore[arg-type]

    def before(taken: Taken) -> None:
        attempts.append(taken.attempts)
        if len(attempts) == 1:
            raise Outage("The catalogue is away.")

    monkeypatch.setattr(consumer, "give_back", failing)
    with ground.at_work(consumer, ground.handler(before)):
        ground.until_empty()
    assert attempts == [1, 1]


def test_a_fatal_error_ends_the_work(ground: Ground) -> None:
    """Where going on could lose data the process must end; the message stays on record."""
    ground.say(photos(1))

    def handle(_taken: Taken) -> None:
        raise FatalError("fsync failed.")

    with pytest.raises(FatalError):
        work(ground.bus().consumer(Queue.RECEIVED), handle, threading.Event(), policy=QUICK)
    assert sum(ground.depth().values()) == 1


def test_a_clean_stop_gives_back_what_is_not_begun_uncounted(ground: Ground) -> None:
    """Whoever is told to stop finishes what is in hand; the next one is at its first attempt for somebody else."""
    bus = ground.bus()
    ground.say(photos(1), photos(2))
    stop = threading.Event()
    work(bus.consumer(Queue.RECEIVED), ground.handler(lambda _taken: stop.set()), stop, policy=QUICK)
    assert ground.traces().total() == 1
    bus.close()
    taken = ground.bus().consumer(Queue.RECEIVED).take(30)
    assert taken is not None
    assert taken.attempts == 1


def test_parking_that_fails_is_tried_again(ground: Ground) -> None:
    """What parking must do with the photos is done in the same transaction, or the message is not parked yet."""
    ground.say(photos(1))
    tries: list[int] = []

    def on_park(tx: Connection, taken: Taken) -> None:
        trace(tx, "parked", taken)
        tries.append(1)
        if len(tries) < 3:
            raise ZeroDivisionError

    with ground.at_work(ground.bus().consumer(Queue.RECEIVED), ground.handler(_poison(1)), on_park=on_park):  # type: ignore[arg-type]
        until(ground.parked, "it was never parked")
    assert ground.traces("parked") == {1: 1}
    assert ground.depth() == {MessageState.PARKED: 1}
