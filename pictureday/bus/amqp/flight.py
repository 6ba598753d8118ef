"""Which messages are on their way to the broker, and what is known of them. Pure bookkeeping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pictureday.catalogue.messages import Stored
from pictureday.messages import Queue

__all__ = ["Flight", "Outcome"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the broker answered for one message: confirmed, or not (a nack, a return, a lost connection)."""

    message_id: int
    confirmed: bool


class Flight:
    """At most `window` messages, each unanswered for at most `patience` seconds."""

    def __init__(self, window: int, patience: float) -> None:
        self._window = window
        self._patience = patience
        self._rows: dict[int, Stored] = {}
        self._sent: dict[int, float] = {}
        self._answers: dict[int, bool] = {}

    @property
    def room(self) -> int:
        """How many more may be sent."""
        return self._window - len(self._rows)

    def sent(self, rows: Iterable[Stored], now: float) -> None:
        """`rows` are on their way since `now`, in monotonic seconds."""
        for row in rows:
            self._rows[row.id] = row
            self._sent[row.id] = now

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """The broker has answered; what came too late is not ours any more and is passed over."""
        for outcome in outcomes:
            if outcome.message_id in self._rows:
                self._answers[outcome.message_id] = outcome.confirmed

    def confirmed(self) -> list[Stored]:
        """What the broker has for certain."""
        return [self._rows[message_id] for message_id, good in self._answers.items() if good]

    def failed(self, now: float) -> list[Stored]:
        """What it refused, or left unanswered for too long."""
        refused = [message_id for message_id, good in self._answers.items() if not good]
        late = [
            message_id
            for message_id, sent in self._sent.items()
            if message_id not in self._answers and now - sent > self._patience
        ]
        return [self._rows[message_id] for message_id in refused + late]

    def all(self) -> list[Stored]:
        """Everything on its way."""
        return list(self._rows.values())

    def landed(self, rows: Iterable[Stored]) -> None:
        """The catalogue knows about `rows`: they are not on their way any more."""
        for row in rows:
            self._rows.pop(row.id, None)
            self._sent.pop(row.id, None)
            self._answers.pop(row.id, None)

    def by_vendor(self, queue: Queue) -> Counter[str]:
        """How many messages of each vendor are on their way to `queue`."""
        return Counter(row.vendor for row in self._rows.values() if row.queue == queue)
