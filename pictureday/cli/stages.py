"""The stages as the supervisor sees them: loops to run in threads, whether they are idle, how they end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pictureday.blobs import Blobs
from pictureday.bus import Bus, OnPark, Policy, Taken, work
from pictureday.catalogue import Catalogue, messages
from pictureday.cli.resting import Resting
from pictureday.clock import SystemClock
from pictureday.config import Inbox, Settings
from pictureday.loops import keep_going
from pictureday.messages import Queue

if TYPE_CHECKING:
    from ingest.bucket import BucketIngester
    from ingest.worker import Ingester

__all__ = ["Stage", "build"]

Loop = Callable[[threading.Event], None]
_SYNC_LOOK = 20.0  # seconds between looks at the clock
_REST = 120.0  # seconds without a photo after which the decoders end; starting them takes a fraction of one
_DECODING_HANDS = 2  # while one batch commits, the other keeps the decoders busy


@dataclass(kw_only=True)
class Stage:
    """One stage at work in this process."""

    name: str
    loops: Sequence[tuple[str, Loop]]
    idle: Callable[[], bool]
    ring: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None
    parts: Sequence[object] = field(default_factory=tuple)


def build(name: str, settings: Settings, catalogue: Catalogue, blobs: Blobs, bus: Bus) -> Stage:
    """The stage of this name."""
    builders = {"ingest": _ingest, "validate": _validate, "publish": _publish, "sync": _sync}
    return builders[name](settings, catalogue, blobs, bus)


def _ingest(settings: Settings, catalogue: Catalogue, blobs: Blobs, bus: Bus) -> Stage:
    def wake() -> None:
        bus.wake(Queue.RECEIVED)
        bus.wake(Queue.VERDICTS)

    ingesters = [_ingester(inbox)(inbox, settings, catalogue, blobs, wake=wake) for inbox in settings.inboxes]
    loops: list[tuple[str, Loop]] = []
    for number, one in enumerate(ingesters, 1):
        loops.append((f"ingest {number}", partial(keep_going, f"ingest {number}", one.step)))
        loops.append((f"unpack {number}", partial(keep_going, f"unpack {number}", one.unpack)))
    return Stage(
        name="ingest",
        loops=loops,
        idle=lambda: all(one.idle() for one in ingesters),
        ring=partial(_each, [one.ring for one in ingesters]),
        close=partial(_each, [one.stop for one in ingesters]),
    )


def _ingester(inbox: Inbox) -> type[Ingester | BucketIngester]:
    if inbox.events:
        from ingest.bucket import BucketIngester

        return BucketIngester
    from ingest.worker import Ingester

    return Ingester


def _validate(settings: Settings, catalogue: Catalogue, blobs: Blobs, bus: Bus) -> Stage:
    from validate.worker import Validator

    validator = Validator(settings, catalogue, blobs, bus)
    resting = Resting(validator.close, after=_REST)

    def handle(taken: Taken) -> None:
        with resting.at_work():
            validator.handle(taken)
        bus.wake(Queue.VERDICTS)

    hands = _hands(settings, bus, Queue.RECEIVED, handle, validator.park)
    loops: list[tuple[str, Loop]] = [(f"validate {number}", hands) for number in range(1, _DECODING_HANDS + 1)]
    loops.append(("rest", partial(keep_going, "rest", resting.tick)))
    return Stage(name="validate", loops=loops, idle=partial(_empty, catalogue, Queue.RECEIVED), close=validator.close)


def _publish(settings: Settings, catalogue: Catalogue, _blobs: Blobs, bus: Bus) -> Stage:
    from publish import Publisher

    publisher = Publisher(settings, catalogue)
    hands = _hands(settings, bus, Queue.VERDICTS, publisher.handle, None)
    loops: list[tuple[str, Loop]] = [("publish", hands), ("mail", partial(keep_going, "mail", publisher.tick))]
    return Stage(
        name="publish",
        loops=loops,
        idle=lambda: _empty(catalogue, Queue.VERDICTS) and publisher.idle(),
    )


def _sync(settings: Settings, catalogue: Catalogue, blobs: Blobs, bus: Bus) -> Stage:
    from sync import MisisStore, Night, Scheduler

    clock, stopping = SystemClock(), threading.Event()
    store = MisisStore.at(settings.misis.url)  # may be away; the night says so
    night = Night(
        catalogue=catalogue,
        store=store,
        blobs=blobs,
        settings=settings,
        clock=clock,
        bus=bus,
        stopping=stopping.is_set,
    )
    scheduler = Scheduler(night, catalogue=catalogue, settings=settings, clock=clock)

    def tick() -> float:
        scheduler.tick()
        return _SYNC_LOOK

    loop = partial(keep_going, "sync", tick)
    return Stage(name="sync", loops=[("sync", loop)], idle=lambda: True, ring=stopping.set, close=store.close)


def _hands(settings: Settings, bus: Bus, queue: Queue, handle: Callable[[Taken], None], on_park: OnPark | None) -> Loop:
    def loop(stop: threading.Event) -> None:
        with bus.consumer(queue) as consumer:
            work(consumer, handle, stop, policy=Policy(attempts=settings.bus.attempts), on_park=on_park)

    return loop


def _each(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()


def _empty(catalogue: Catalogue, queue: Queue) -> bool:
    with catalogue.read() as tx:
        return all(state == messages.MessageState.PARKED for state in messages.depths(tx)[queue])
