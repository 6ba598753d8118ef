"""A look at an inbox full of files that are known and can't be taken: it must be cheap, and must read none of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.ours import Servers
from bench.target import Target
from pictureday.catalogue import vendors
from tests.contract.ingest.world import World

__all__ = ["FILES", "measure"]

FILES = 100_000
_SECONDS = 1.0  # of a look at all of them
_VENDORS = 5  # with as many files as one look may find worth taking
_LOOKS = 5
_WHOLE, _CUT = b"\xff\xd8 as good as a photo \xff\xd9", b"\xff\xd8 half of one"
_GRACE, _DAY = 60.0, 86_400.0


@dataclass(frozen=True, kw_only=True)
class _Case:
    """Files that lie in an inbox: how they are called and what is in them, and which settings keep them there."""

    what: str
    ending: str = ".jpg"
    bytes: bytes = _WHOLE
    grace: float = _GRACE
    quota: int = 1_000_000


_CASES = (
    _Case(what="temporary names that nobody ends", ending=".jpg.part"),
    _Case(what="photos over their vendors' quotas", quota=1),
    _Case(what="half uploads in their grace", bytes=_CUT, grace=_DAY),
)


class _Opened:
    """How many files were opened whose path ends like a vendor's file, while it is asked."""

    def __init__(self) -> None:
        self.count = 0
        self.counts = False
        sys.addaudithook(self._heard)  # it stays for as long as the process: there is no way to remove one

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.counts and event == "open" and str(arguments[0]).endswith((".jpg", ".part")):
            self.count += 1


def measure(folder: Path, servers: Servers, *, files: int = FILES) -> Iterator[Target]:  # noqa: ARG001 - needs none
    """Each kind of file that stays: first taken notice of, then looked at again and again."""
    opened = _Opened()
    for number, case in enumerate(_CASES):
        world = _world(folder / str(number), case, files)
        with closing(world):
            _settle(world)
            yield _looked(world, case, files, opened)


def _world(folder: Path, case: _Case, files: int) -> World:
    folder.mkdir()
    world = World(folder, grace=case.grace, vendor_files=case.quota)
    for vendor in range(_VENDORS):
        inbox = world.inbox(f"vendor{vendor}")
        inbox.mkdir(parents=True)
        with world.catalogue.write() as tx:
            vendors.add(tx, f"vendor{vendor}", who="bench", active=True)
        for number in range(files // _VENDORS):
            (inbox / f"{number:06d}A001{case.ending}").write_bytes(case.bytes)
    return world


def _settle(world: World) -> None:
    """Let the ingester take what it may and tell of what it may not, until nothing changes any more."""
    for _ in range(6):
        world.turn()
        world.clock.time += world.settings.ingest.rescan


def _looked(world: World, case: _Case, files: int, opened: _Opened) -> Target:
    before, walls, spent = opened.count, [], []
    opened.counts = True
    for _ in range(_LOOKS):
        world.clock.time += world.settings.ingest.rescan
        began, cpu = time.perf_counter(), time.process_time()
        world.turn()
        walls.append(time.perf_counter() - began)
        spent.append(time.process_time() - cpu)
    opened.counts = False
    read = opened.count - before
    return Target(
        what=f"a look at {files:,} known files of {_VENDORS} vendors: {case.what}",
        wanted=f"under {_SECONDS:.0f} s, none read again",
        found=f"{median(walls):.2f} s, {read} read",
        met=median(walls) < _SECONDS and read == 0,
        how=f"one whole rescan of the ingester, median of {_LOOKS}; CPU {median(spent):.2f} s; opened files counted",
    )
