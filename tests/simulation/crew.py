"""The stages of a simulation: the real ones, each made anew when its process dies or is restarted."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

from ingest.worker import Ingester
from pictureday.bus import Taken
from pictureday.bus.company import Company
from pictureday.bus.hand import OnPark, Policy, _Hand
from pictureday.messages import Queue
from pictureday.reasons import Finding
from publish.worker import Publisher
from sync import Night
from sync.worker import SyncRunning
from tests.simulation.carriers import Broker, Delivered, Leased, relay, say_again
from tests.simulation.ground import VENDORS, Ground
from tests.simulation.memory import Blobs, Mailbox, Shelves
from validate.judged import Judged, Rendition
from validate.worker import Validator

__all__ = ["Crew"]

_DAMAGED = (Finding(code="damaged", facts={"damage": "the end is missing"}),)


class Crew:
    """Everybody at work, and what outlives them. `broker` is None on the embedded bus."""

    def __init__(self, ground: Ground, chance: random.Random) -> None:
        self._ground = ground
        self._chance = chance
        self.broker = Broker(chance) if chance.random() < 0.5 else None
        self.blobs = Blobs(ground.life)
        self.mailbox = Mailbox(ground.life, chance)
        self.shelves = Shelves(ground.life)
        for stage in ("ingest", "validate", "publish"):
            self.restart(stage)

    def restart(self, stage: str) -> None:
        """A new process, which remembers nothing."""
        if made := {"ingest": self._ingester, "validate": self._validator, "publish": self._publisher}.get(stage):
            made()

    def ingest(self) -> str:
        """One turn of the ingester."""
        self._shift.step()
        return ""

    def validate(self) -> str:
        """One message of the validator's."""
        self._judging.turn()
        return ""

    def publish(self) -> str:
        """One message of the publisher's."""
        self._telling.turn()
        return ""

    def tick(self) -> str:
        """One turn of the publisher's loop: mails."""
        return f"{self.press.tick():.0f}"

    def relay(self) -> str:
        """What is ready is said to the broker."""
        return str(relay(self._ground.catalogue, self.broker)) if self.broker else "no broker"

    def sweep(self) -> str:
        """What was lost is said again."""
        return str(say_again(self._ground.catalogue)) if self.broker else "no broker"

    def night(self, batches: int | None = None) -> str:
        """A night, or one that is cut short after so many batches."""
        left = [batches if batches is not None else 10**9]

        def stopping() -> bool:
            left[0] -= 1
            return left[0] < 0

        try:
            return str(self._night(stopping).run("now").as_json())
        except SyncRunning:
            return "another one runs"

    def idle(self) -> bool:
        """Whether nothing is left to take, to close or to tell."""
        return self._shift.idle() and self.press.idle()

    def _night(self, stopping: Callable[[], bool]) -> Night:
        ground = self._ground
        return Night(
            catalogue=ground.catalogue,
            store=ground.store,
            blobs=self.blobs,
            settings=ground.settings,
            clock=ground.clock,
            stopping=stopping,
        )

    def _ingester(self) -> None:
        self._shift = _Shift(self._ground, self.blobs, self._chance)

    def _validator(self) -> None:
        judge = _Judge(self._ground, self.blobs, has_feed=self.broker is not None)
        self._judging = self._hand(Queue.RECEIVED, judge.handle, judge.park)

    def _publisher(self) -> None:
        ground = self._ground
        self.press = Publisher(ground.settings, ground.catalogue, mailer=self.mailbox, clock=ground.clock)
        self.press._shelves = self.shelves  # type: ignore[assignment]  # in memory
        self._telling = self._hand(Queue.VERDICTS, self.press.handle, None)

    def _hand(self, queue: Queue, handle: Callable[[Taken], None], on_park: OnPark | None) -> _Hand:
        company = Company()  # a process of its own
        consumer = self._consumer(queue)
        return _Hand(consumer, handle, _NoOutage(), policy=_POLICY, on_park=on_park, company=company)

    def _consumer(self, queue: Queue) -> Leased | Delivered:
        catalogue = self._ground.catalogue
        return Delivered(catalogue, self.broker, queue) if self.broker else Leased(catalogue, queue)


_POLICY = Policy(look=0.0)


class _NoOutage(threading.Event):
    """Nothing is away in a simulation, so nobody has a reason to wait."""

    def wait(self, timeout: float | None = None) -> bool:
        """See `Event.wait`."""
        if timeout == 0:
            return False
        raise AssertionError(f"an outage, to be waited for {timeout} seconds")


class _Shift(Ingester):
    """The ingester without its lock and its watch: hints come when they come."""

    def __init__(self, ground: Ground, blobs: Blobs, chance: random.Random) -> None:
        (inbox,) = ground.settings.inboxes
        wake = ground.life.check
        super().__init__(inbox, ground.settings, ground.catalogue, blobs, wake=wake, clock=ground.clock)
        self._chance = chance

    def _begin(self) -> None:
        self._begun = self._inbox.prepare()

    def _listen(self, due: float) -> None:
        del due
        self._due([vendor for vendor in VENDORS if self._chance.random() < 0.5])


class _Judge(Validator):
    """The validator; what the decoders would say stands in the bytes."""

    def __init__(self, ground: Ground, blobs: Blobs, *, has_feed: bool) -> None:
        super().__init__(ground.settings, ground.catalogue, blobs, _Feed(has_feed))  # type: ignore[arg-type]

    def _decoded(self, rows: Sequence[dict[str, Any]]) -> dict[int, Judged]:
        return {row_id: _judged(data) for row_id, data in self._read(rows).items()}


class _Feed:
    def __init__(self, has_feed: bool) -> None:
        self.has_feed = has_feed


def _judged(data: bytes) -> Judged:
    if b":poison:" in data:
        raise RuntimeError("a bug that these bytes bring out")
    whole = b":good:" in data and data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")
    return Judged(findings=() if whole else _DAMAGED, width=300, height=400, rendition=Rendition.made(data))
