"""The one loop both buses share: take a message, handle it, and know what to do when that fails.

A bad photo is a result; what is met here are errors, and they say what to do with the *message*
(design, 5.6): an outage pauses and counts nobody, a bug counts against the message in hand, a batch that
fails is split until the one to blame is alone, and that one is parked.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import Connection
from structlog.contextvars import bound_contextvars

from pictureday.bus.company import PROCESS, Company
from pictureday.bus.protocol import Consumer, Taken
from pictureday.errors import FatalError, Outage
from pictureday.log import get_logger
from pictureday.messages import Message, PhotosReceived
from pictureday.pause import Pause, grown

__all__ = ["OnPark", "Policy", "work"]

_INNOCENT = 10  # times as many deaths are no proof yet, where no strange bytes are decoded

OnPark = Callable[[Connection, Taken], None]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When to try again, in seconds, and how often. `look` is how soon a wish to stop is noticed."""

    attempts: int = 5
    retry_first: float = 1.0
    retry_most: float = 60.0
    pause_first: float = 0.5
    pause_most: float = 30.0
    look: float = 0.5


def work(
    consumer: Consumer,
    handle: Callable[[Taken], None],
    stop: threading.Event,
    *,
    policy: Policy | None = None,
    on_park: OnPark | None = None,
    company: Company = PROCESS,
) -> None:
    """Handle messages until `stop` is set; what is in hand then is finished, what is not begun goes back.

    `handle(taken)` does all its work in one catalogue transaction that begins with
    `messages.finish(tx, taken.id, taken.owner)`, and changes nothing when that says False. `on_park(tx, taken)`
    acts in the transaction that parks. Raises `FatalError` when `handle` does: the process must end. `company` are
    the hands that would die of a message together.
    """
    hand = _Hand(consumer, handle, stop, policy=policy or Policy(), on_park=on_park, company=company)
    while not stop.is_set():
        hand.turn()


class Step(Enum):
    """What to do with a message just taken."""

    HANDLE = auto()
    SPLIT = auto()
    PARK = auto()


class Where(Enum):
    """Where an outage was met: it is over when that very thing works again."""

    TAKING = auto()
    HANDLING = auto()


def next_step(taken: Taken, most: int) -> Step:
    """Split what was met before, for one part is to blame; park what has ended its handler `most` times.

    Attempts are counted when a message is taken in hand, so a message that kills its process is known by
    its count alone. One without photos needs many more such deaths: somebody pulls the plug again and again.
    """
    if taken.attempts > 1 and halves(taken.message):
        return Step.SPLIT
    deaths = most if isinstance(taken.message, PhotosReceived) else most * _INNOCENT
    return Step.PARK if taken.attempts > deaths else Step.HANDLE


def halves(message: Message) -> tuple[Message, ...]:
    """The two smaller messages that do the same, or nothing."""
    return message.halves() if isinstance(message, PhotosReceived) else ()


def told(error: BaseException) -> str:
    """`error` in one line with the place it came from; for the catalogue, not for logs: it may name a file."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


class _Hand:
    """One consumer at work."""

    def __init__(
        self,
        consumer: Consumer,
        handle: Callable[[Taken], None],
        stop: threading.Event,
        *,
        policy: Policy,
        on_park: OnPark | None,
        company: Company,
    ) -> None:
        self._consumer = consumer
        self._handle = handle
        self._stop = stop
        self._policy = policy
        self._on_park = on_park
        self._company = company
        self._pause = Pause(policy.pause_first, policy.pause_most)
        self._rest = 0.0
        self._away: Where | None = None

    def turn(self) -> None:
        """Take one message, if there is one, and bring it to an end; then rest, if something is away."""
        with self._company.together():
            self._take_one()
        self._stop.wait(self._rest)
        self._rest = 0.0

    def _take_one(self) -> None:
        try:
            taken = self._consumer.take(self._policy.look)
        except Outage as outage:
            self._met(outage, Where.TAKING)
            self._rest = self._pause.next()
            return
        if self._away is Where.TAKING:
            self._recovered()
        if taken is not None:
            with bound_contextvars(message_id=taken.id):
                self._one(taken)

    def _one(self, taken: Taken) -> None:
        try:
            self._deal(taken)
        except FatalError:
            raise
        except Outage as outage:
            self._sit_out(taken, outage)
        except Exception as error:  # noqa: BLE001 - whatever it is, it counts against this message alone
            self._failed(taken, error)
        else:
            self._recovered()

    def _deal(self, taken: Taken) -> None:
        if self._stop.is_set():
            return self._consumer.give_back(taken, delay=0, count=False)
        step = next_step(taken, self._policy.attempts)
        if step is Step.SPLIT:
            return self._consumer.split(taken, halves(taken.message))
        if step is Step.PARK:
            return self._park(taken, "It ended its process each time it was tried.")
        if taken.suspect:
            return self._handle_alone(taken)
        self._handle(taken)
        return self._consumer.done(taken)

    def _handle_alone(self, taken: Taken) -> None:
        with self._company.alone() as granted:
            if not granted:
                return self._consumer.give_back(taken, delay=0, count=False)
            self._handle(taken)
            return self._consumer.done(taken)

    def _failed(self, taken: Taken, error: Exception) -> None:
        get_logger().warning("message_failed", attempts=taken.attempts, error=type(error).__name__)
        try:
            if taken.attempts >= self._policy.attempts:
                self._park(taken, told(error))
            else:
                self._retry(taken, error)
        except Outage as outage:
            self._sit_out(taken, outage)

    def _retry(self, taken: Taken, error: Exception) -> None:
        delay = grown(self._policy.retry_first, self._policy.retry_most, taken.attempts - 1)
        self._consumer.give_back(taken, delay=delay, error=told(error), count=True)

    def _park(self, taken: Taken, why: str) -> None:
        try:
            self._consumer.park(taken, error=why, on_park=self._on_park)
        except (FatalError, Outage):
            raise
        except Exception as error:  # noqa: BLE001 - what parking should have done is still to do: try later
            get_logger().error("message_not_parked", error=type(error).__name__)
            self._consumer.give_back(taken, delay=self._policy.retry_most, error=told(error), count=True)
        else:
            get_logger().error("message_parked", attempts=taken.attempts)

    def _sit_out(self, taken: Taken, outage: Outage) -> None:
        self._met(outage, Where.HANDLING)
        while not self._given_back(taken):  # it may be the catalogue that is away
            if self._stop.wait(self._pause.next()):
                return  # its lease runs out by itself
        self._rest = self._pause.next()

    def _given_back(self, taken: Taken) -> bool:
        try:
            self._consumer.give_back(taken, delay=0, count=False)
        except Outage:
            return False
        return True

    def _met(self, outage: Outage, where: Where) -> None:
        if self._away is None:
            get_logger().warning("outage_began", what=outage.what, fix=outage.fix)
        self._away = where

    def _recovered(self) -> None:
        if self._away is not None:
            get_logger().info("outage_ended")
        self._away = None
        self._pause.reset()
