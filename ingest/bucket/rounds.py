"""Rounds: which open deliveries may close. Nothing of them is in hand, they were quiet, and the bucket has no more."""

from __future__ import annotations

from collections.abc import Callable

from ingest.admission import Admission
from ingest.bucket.hints import Hint
from ingest.bucket.looking import Looker
from ingest.bucket.waiting import WaitingRoom
from ingest.closing import Closer
from ingest.placing import Place
from ingest.settle import Timings
from pictureday.s3 import ObjectDenied

__all__ = ["Rounds"]

_NEVER = float("inf")
Holds = Callable[[str, Place], bool]


class Rounds:
    """Closes the folder and loose deliveries of one inbox. Zips are closed by who unpacks them."""

    def __init__(
        self,
        closer: Closer,
        looker: Looker,
        room: WaitingRoom,
        timings: Timings,
        *,
        holds: Holds,
        admission: Admission,
    ) -> None:
        self._closer = closer
        self._looker = looker
        self._room = room
        self._timings = timings
        self._holds = holds
        self._admission = admission
        self._active: dict[tuple[str, Place], float] = {}
        self._told: set[tuple[str, str, int]] = set()  # so that the bucket is asked once

    def note(self, vendor: str, place: Place, now: float) -> None:
        """Something of this delivery has come. A zip is closed by who unpacks it."""
        if place.kind != "zip":
            self._active[vendor, place] = now

    def go(self, now: float) -> tuple[list[Hint], bool, float]:
        """What a last look found that was never taken, whether any delivery was closed, and when to go again."""
        found: list[Hint] = []
        closed, due = False, _NEVER
        open_ones = self._closer.all_open()
        may = set(self._admission.admitted(sorted({vendor for vendor, _ in open_ones})))
        for (vendor, place), delivery_id in open_ones.items():
            try:
                hints, one, again = self._one(vendor, place, delivery_id, now, looks=vendor in may)
            except ObjectDenied as denied:  # this vendor's folder can't be listed; the others' can
                self._admission.trouble(vendor, denied)
                continue
            found, closed, due = found + hints, closed or one, min(due, again)
        return found, self._tell_alone(now, set(open_ones)) or closed, due

    def _one(
        self, vendor: str, place: Place, delivery_id: int, now: float, *, looks: bool
    ) -> tuple[list[Hint], bool, float]:
        quiet_at = self._active.setdefault((vendor, place), now) + self._timings.quiet
        if self._holds(vendor, place):
            return [], False, _NEVER
        if now < quiet_at and not self._closer.is_marked_done(delivery_id):
            return [], False, quiet_at
        # Of a vendor that may not deliver any more nothing new is taken; what was taken is told.
        if looks and (hints := self._looker.look(vendor, place, now)):
            self.note(vendor, place, now)
            return hints, False, _NEVER
        inside, unsettled = self._room.inside(vendor, place, now)
        if unsettled or not self._closer.close(delivery_id, inside):
            self._active[vendor, place] = now - self._timings.quiet / 2  # the next look, which costs a listing
            return [], False, now + self._timings.quiet / 2
        del self._active[vendor, place]
        return [], True, _NEVER

    def _tell_alone(self, now: float, open_ones: set[tuple[str, Place]]) -> bool:
        """Tell of those that stood too long where no delivery is open. One that is gone by now is forgotten."""
        closed = False
        for (vendor, place), sights in self._room.stale(now).items():
            new = {(vendor, sight.path, sight.size) for sight in sights} - self._told
            if not new or (vendor, place) in open_ones:
                continue
            self._looker.look(vendor, place, now)  # what it finds is heard of, or found by the next listing
            still = self._room.stale(now).get((vendor, place), [])
            closed = self._closer.tell_alone(vendor, place, still) or closed
            self._told |= new
        return closed
