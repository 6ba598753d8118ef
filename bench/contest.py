"""One contestant, one load: handed in, waited for, and what that cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.processes import Peak, cpu_seconds

__all__ = ["Contestant", "Cost", "Load", "cost", "wait"]

_LOOK = 0.02  # seconds between looks at whether all have their verdict
_LIMIT = 900.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Load:
    """Photos as files of one folder, and in zips; `form` says how they are handed in: zip, folder, loose."""

    form: str
    photos: Sequence[Path]
    archives: Sequence[Path] = ()


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a load cost: seconds from handing in to the last verdict, CPU seconds, and bytes of memory at most."""

    photos: int
    seconds: float
    cpu: float
    memory: int


class Contestant(Protocol):
    """Whoever gives photos their verdict. `lacks` is what it does not do, in words."""

    name: str
    lacks: str

    def start(self, folder: Path) -> Sequence[int]:
        """Get ready in an empty folder; the processes that the work is done in."""

    def hand_in(self, load: Load) -> None:
        """Give it the load; returns when all of it is there."""

    def verdicts(self) -> int:
        """How many photos have one, on record."""

    def close(self) -> None:
        """End what was started."""


def cost(contestant: Contestant, warm: Load, load: Load, folder: Path) -> Cost:
    """Run it once in an empty folder, warmed up. Raises `TimeoutError` where verdicts are missing in the end."""
    try:
        roots = contestant.start(folder)
        contestant.hand_in(warm)
        wait(contestant, len(warm.photos))
        with Peak(roots) as peak:
            cpu, began = cpu_seconds(roots), time.monotonic()
            contestant.hand_in(load)
            wait(contestant, len(warm.photos) + len(load.photos))
            seconds, used = time.monotonic() - began, cpu_seconds(roots) - cpu
        return Cost(photos=len(load.photos), seconds=seconds, cpu=used, memory=peak.bytes)
    finally:
        contestant.close()


def wait(contestant: Contestant, count: int) -> None:
    """Until so many photos have their verdict. Raises `TimeoutError` after a quarter of an hour."""
    limit = time.monotonic() + _LIMIT
    while (given := contestant.verdicts()) < count:
        if time.monotonic() > limit:
            raise TimeoutError(f"{contestant.name}: {given} verdicts of {count} in {_LIMIT:.0f} s")
        time.sleep(_LOOK)
