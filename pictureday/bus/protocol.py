"""What a bus is, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import Connection

from pictureday.messages import Message, Queue

__all__ = ["Bus", "Consumer", "Taken"]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A message in hand. `attempts` counts this time too; `owner` proves that the message is ours.

    A `suspect` may be what ended its process the last time.
    """

    id: int
    message: Message
    attempts: int
    vendor: str
    owner: str
    suspect: bool = False


class Consumer(Protocol):
    """Takes messages of one queue in hand. Used by one thread."""

    def take(self, timeout: float) -> Taken | None:
        """The next message, waiting `timeout` seconds for one. Raises `Outage` when the catalogue is away."""

    def done(self, taken: Taken) -> None:
        """The handler has committed, and its transaction deleted the message."""

    def give_back(self, taken: Taken, *, delay: float, error: str = "", count: bool) -> None:
        """Let it be taken again in `delay` seconds. With `count=False` this time is not held against it."""

    def split(self, taken: Taken, parts: Sequence[Message]) -> None:
        """Replace it by `parts` in one transaction."""

    def park(self, taken: Taken, *, error: str, on_park: Callable[[Connection, Taken], None] | None) -> None:
        """Put it aside until a person replays it; `on_park` acts in the same transaction."""

    def close(self) -> None:
        """Take no more; what was delivered but not taken goes to others."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


class Bus(Protocol):
    """Hands messages from the catalogue's table to consumers. One object for each process."""

    @property
    def has_feed(self) -> bool:
        """Whether anybody can watch the quarantine feed; if not, nobody need say it."""

    def start(self) -> None:
        """Start the threads. A broker that is away is waited for, in the background."""

    def close(self) -> None:
        """End every thread; consumers are closed too."""

    def consumer(self, queue: Queue) -> Consumer:
        """A new consumer of `queue`."""

    def wake(self, queue: Queue) -> None:
        """A hint that this process has just committed a message for `queue`; without it, half a second later."""

    def drain(self, queue: Queue) -> int:
        """Take off everything the broker still holds of `queue`; how many. Raises `Outage` when it can't."""

    def healthy(self) -> bool:
        """Whether messages flow."""

    def why_not(self) -> str:
        """What is wrong and what helps, as a sentence for people; '' when healthy."""
