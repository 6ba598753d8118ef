"""What both buses' consumers do with a message in hand: the catalogue's part is the same for either."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self
from uuid import uuid4

from sqlalchemy import Connection

from pictureday.bus.heart import Heart
from pictureday.bus.protocol import Taken
from pictureday.catalogue import Catalogue, held
from pictureday.catalogue.messages import Stored
from pictureday.log import get_logger
from pictureday.messages import Message, decode

__all__ = ["Holding", "new_owner"]


def new_owner() -> str:
    """A fresh owner: one for each time a message is taken, so a lost lease is never mistaken for a held one."""
    return uuid4().hex


class Holding(ABC):
    """A consumer but for how it comes by messages (`take`) and tells that it is through with one (`_settle`)."""

    def __init__(self, catalogue: Catalogue, heart: Heart, wake: Callable[[], None]) -> None:
        self._catalogue = catalogue
        self._heart = heart
        self._wake = wake

    @abstractmethod
    def take(self, timeout: float) -> Taken | None:
        """See `Consumer.take`."""

    @abstractmethod
    def close(self) -> None:
        """See `Consumer.close`."""

    @abstractmethod
    def _settle(self, taken: Taken) -> None:
        """Tell whoever delivered `taken` that its row says all there is to say."""

    def done(self, taken: Taken) -> None:
        """See `Consumer.done`."""
        self._heart.drop(taken.id, taken.owner)
        self._settle(taken)

    def give_back(self, taken: Taken, *, delay: float, error: str = "", count: bool) -> None:
        """See `Consumer.give_back`."""
        with self._catalogue.write() as tx:
            held.give_back(tx, taken.id, owner=taken.owner, delay=delay, error=error, count=count)
        self.done(taken)
        self._wake()

    def split(self, taken: Taken, parts: Sequence[Message]) -> None:
        """See `Consumer.split`."""
        with self._catalogue.write() as tx:
            held.split(tx, taken.id, owner=taken.owner, parts=parts)
        self.done(taken)
        self._wake()

    def park(self, taken: Taken, *, error: str, on_park: Callable[[Connection, Taken], None] | None) -> None:
        """See `Consumer.park`."""
        with self._catalogue.write() as tx:
            if held.park(tx, taken.id, owner=taken.owner, error=error) and on_park is not None:
                on_park(tx, taken)
        self.done(taken)

    def _opened(self, row: Stored, owner: str) -> Taken | None:
        """`row` as a message in hand; None when its text can't be read: it is parked, for no try will help."""
        try:
            message = decode(row.body)
        except ValueError as error:
            with self._catalogue.write() as tx:
                held.park(tx, row.id, owner=owner, error=f"The message can't be read: {error}")
            get_logger().error("message_unreadable", message_id=row.id, queue=row.queue.value)
            return None
        self._heart.hold(row.id, owner)
        return Taken(
            id=row.id,
            message=message,
            attempts=row.attempts,
            vendor=row.vendor,
            owner=owner,
            suspect=row.suspect,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
