"""Settling: when a file in an inbox is complete. Pure: what was seen goes in, what to do comes out.

A close is not completeness (design, 5.4): a cut connection closes the file too. So a file is taken when
it was quiet for `settle`, has no hole and looks whole; what starts like a JPEG or a zip and does not
look whole gets `grace` for the client to resume. Times are monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from ingest.placing import Place, kind_of, place_of
from pictureday.names import is_temporary

__all__ = ["Look", "Seen", "Sight", "Step", "Timings", "decide", "may_be_taken", "observe"]

_NEVER_JUDGED = {"done", "ignored"}  # a marker is empty as a rule, and junk may be: that says nothing of the upload


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Seconds of quiet before a file is taken, a delivery closed, and an incomplete file judged all the same."""

    settle: float
    quiet: float
    grace: float


@dataclass(frozen=True, kw_only=True)
class Sight:
    """One file as a scan found it. `path` is below the vendor's inbox folder; `regular` is a file with one name.

    `ctime_ns` is what no client can set: a file that looks the same may have been written to, if it differs. What a
    path says is found out once: a scan hands out the same sight for as long as nothing changes.
    """

    path: str
    size: int
    mtime_ns: int
    regular: bool = True
    ctime_ns: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @cached_property
    def place(self) -> Place:
        """The delivery that it belongs to."""
        return place_of(self.path)

    @cached_property
    def kind(self) -> str:
        """What it claims to be."""
        return kind_of(self.path)

    @cached_property
    def is_temporary(self) -> bool:
        """Whether a client will rename it when it is whole."""
        return is_temporary(self.path)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A sight, and since when it looks the same."""

    sight: Sight
    since: float


class Look(Enum):
    """What the bytes of a quiet file look like."""

    WHOLE = "whole"  # ends like a JPEG or a zip
    CUT = "cut"  # starts like one, and does not end like one; or has a hole, or is empty
    OTHER = "other"  # neither starts like one: there is nothing to wait for
    SHUT = "shut"  # we may not read it


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do with a file now, or when to look again."""

    take: bool = False
    stale: bool = False  # nobody writes to it any more, and it can't be taken: a temporary name, or shut
    again_at: float = float("inf")


_TAKE, _STALE = Step(take=True), Step(stale=True)


def observe(before: Mapping[str, Seen], sights: Iterable[Sight], now: float) -> dict[str, Seen]:
    """What is known after a scan: a file that changed starts anew, one that is gone is forgotten."""
    known: dict[str, Seen] = {}
    for sight in sights:
        old = before.get(sight.path)
        if old is None or old.sight is not sight:
            same = old is not None and old.sight == sight
            old = Seen(sight=sight, since=old.since if old is not None and same else now)
        known[sight.path] = old
    return known


def decide(seen: Seen, now: float, timings: Timings, look: Callable[[Sight], Look]) -> Step:
    """Whether to take a file. `look` reads the file, and is asked only when it was quiet long enough."""
    quiet = now - seen.since
    waited = quiet >= timings.grace
    later = Step(again_at=seen.since + timings.grace)
    if seen.sight.is_temporary:
        return _STALE if waited else later
    if quiet < timings.settle:
        return Step(again_at=seen.since + timings.settle)
    found = look(seen.sight) if seen.sight.regular else Look.OTHER
    if found is Look.SHUT:
        return _STALE if waited else later
    return _TAKE if waited or may_be_taken(seen.sight.kind, found) else later


def may_be_taken(kind: str, look: Look) -> bool:
    """Whether a quiet file may be taken as it looks, without waiting for more of it."""
    return look is not Look.CUT or kind in _NEVER_JUDGED
