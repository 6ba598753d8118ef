"""What a simulated district is exposed to: virtual time that can be stepped, and death at any durable step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

import ingest.inbox
import ingest.rationing
import ingest.taking
import ingest.worker
import validate.verdict
from pictureday.catalogue import (
    Catalogue,
    audit,
    deliveries,
    drops,
    grants,
    held,
    intakes,
    messages,
    notices,
    outbox,
    vendors,
)

__all__ = ["Killed", "Life", "MortalCatalogue", "VirtualClock", "under_virtual_time"]

_NOON = datetime(2026, 10, 5, 19, 0, tzinfo=UTC)
_TELL_THE_TIME = (
    *(audit, deliveries, drops, grants, held, intakes, messages, notices, outbox, vendors),
    *(ingest.rationing, ingest.taking, validate.verdict),
)


class VirtualClock:
    """Time that passes when it is told to; the wall clock may be stepped, the monotonic one never is."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew at the same moment."""
        self.seconds, self.ahead, self.stepped = 0.0, 0.0, False

    def now(self) -> datetime:
        """The wall clock."""
        return _NOON + timedelta(seconds=self.seconds + self.ahead)

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return self.seconds

    def forward(self, seconds: float) -> None:
        """Time passes."""
        self.seconds += seconds

    def step(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self.ahead += seconds
        self.stepped = True


class Killed(BaseException):
    """The process at work ended here and now."""


class Life:
    """Whether the process at work still lives. Each durable step is a moment at which it may die."""

    def __init__(self) -> None:
        self.spare()

    def spare(self) -> None:
        """A process that lives as long as it likes."""
        self._left, self._dead = 0, False

    def threaten(self, moments: int) -> None:
        """Let it die at the moment of this number."""
        self._left = moments

    def moment(self) -> None:
        """A durable step was made, or is about to be."""
        if self._left == 1 or self._dead:
            self._left, self._dead = 0, True
            raise Killed
        self._left = max(0, self._left - 1)

    def check(self) -> None:
        """The dead do nothing, not even tidy up."""
        if self._dead:
            raise Killed


class MortalCatalogue(Catalogue):
    """A catalogue whose user may die just before and just after each commit."""

    life: Life

    @contextmanager
    def write(self, *, fleeting: bool = False) -> Iterator[Connection]:
        """See `Catalogue.write`."""
        self.life.check()
        with super().write(fleeting=fleeting) as tx:
            yield tx
            self.life.moment()
        self.life.moment()


def under_virtual_time(patch: pytest.MonkeyPatch, clock: VirtualClock, life: Life) -> None:
    """Let all our modules tell `clock`'s time, and let a folder's sync be a moment to die at."""

    class Virtual(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            del tz
            return clock.now()

    for module in _TELL_THE_TIME:
        patch.setattr(module, "datetime", Virtual)
    patch.setattr(ingest.worker, "Watch", _Watch)
    patch.setattr(ingest.inbox, "sync_folders", lambda _folders: life.moment())


class _Watch:
    """In place of the watch and its threads: hints come when they come (see `crew`), and nobody begins anew."""

    def __init__(self, _root: Path) -> None:
        pass

    def heard(self) -> set[str]:
        return {"acme", "bolt"}
