"""Objects that wait: under a temporary name for their rename, or cut off for the client to send them again. Pure.

A client can be cut off here too: AWS Transfer Family leaves the part of a file that it got under the file's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest.bucket.hints import Hint
from ingest.placing import Place, place_of
from ingest.settle import Sight
from pictureday.names import is_temporary
from pictureday.s3 import Print

__all__ = ["WaitingRoom"]

_NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    sight: Sight
    print: Print
    since: float
    hint: Hint | None = None  # of one that is taken when its time is over
    shut: bool = False  # it is there and can't be read: worth a try at each full listing


class WaitingRoom:
    """Who waits, and until when. Times are monotonic seconds; `grace` is how long one may wait."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._waiting: dict[tuple[str, str], _Waiting] = {}

    def see(self, vendor: str, path: str, found: Print, now: float, *, again: bool = False) -> bool:
        """An object was seen; True where it has to wait: it has a temporary name, or was cut off and is the same.

        One that can't be read waits too, unless it is worth a try `again`.
        """
        known = self._waiting.get((vendor, path))
        if known and known.print.is_like(found):
            return not (known.shut and again)
        if is_temporary(path):
            self._waiting[vendor, path] = _Waiting(sight=_sight(path, found), print=found, since=now)
            return True
        return False

    def cut(self, hint: Hint, found: Print, now: float) -> Hint | None:
        """What was fetched is not whole; it is asked for once more when its time is over.

        Returns the hint of one that had waited under its key before.
        """
        known = self._waiting.get(hint.where)
        since = known.since if known and known.print.is_like(found) else now
        again = replace(hint, last=True, other="")
        self._waiting[hint.where] = _Waiting(sight=_sight(hint.path, found), print=found, since=since, hint=again)
        return known.hint if known else None

    def shut(self, hint: Hint, found: Print, now: float) -> None:
        """What can't be read waits too, and is told as unfinished when its time is over and it is still there."""
        known = self._waiting.get(hint.where)
        since = known.since if known and known.print.is_like(found) else now
        self._waiting[hint.where] = _Waiting(sight=_sight(hint.path, found), print=found, since=since, shut=True)

    def leave(self, vendor: str, path: str) -> Hint | None:
        """It waits no more: it was taken, or another one came, or it is gone; its hint, if it had one."""
        gone = self._waiting.pop((vendor, path), None)
        return gone.hint if gone else None

    def only(self, vendor: str, place: Place, paths: Iterable[str]) -> None:
        """A listing has shown all there is of a delivery: who is not in it waits no more."""
        there = set(paths)
        for where in [where for where in self._waiting if where[0] == vendor and where[1] not in there]:
            if place_of(where[1]) == place and self._waiting[where].hint is None:
                del self._waiting[where]

    def due(self, now: float) -> list[Hint]:
        """Those that are taken now, however they look."""
        over = [one.hint for one in self._waiting.values() if one.hint and one.since + self._grace <= now]
        for hint in over:
            del self._waiting[hint.where]
        return over

    def inside(self, vendor: str, place: Place, now: float) -> tuple[list[Sight], bool]:
        """Those of one delivery, and whether any of them may still become a file."""
        mine = [one for (name, path), one in self._waiting.items() if name == vendor and place_of(path) == place]
        return [one.sight for one in mine], any(one.hint or one.since + self._grace > now for one in mine)

    def stale(self, now: float) -> dict[tuple[str, Place], list[Sight]]:
        """Those under a temporary name that stood too long, by vendor and delivery."""
        found: dict[tuple[str, Place], list[Sight]] = {}
        for (vendor, path), one in self._waiting.items():
            if one.hint is None and one.since + self._grace <= now:
                found.setdefault((vendor, place_of(path)), []).append(one.sight)
        return found

    def pending(self, now: float) -> bool:
        """Whether anybody's time is not over yet."""
        return any(one.hint or one.since + self._grace > now for one in self._waiting.values())

    def next_due(self, now: float) -> float:
        """When the next one's time is over."""
        times = (one.since + self._grace for one in self._waiting.values())
        return min((time for time in times if time > now), default=_NEVER)


def _sight(path: str, found: Print) -> Sight:
    return Sight(path=path, size=found.size, mtime_ns=found.modified * 1_000_000_000)
