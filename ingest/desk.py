"""One vendor's desk: what lies in its inbox, what is ready to be taken, and which of its deliveries may close."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from ingest.closing import Closer
from ingest.inbox import FolderInbox, FolderTrouble
from ingest.placing import Place, place_of
from ingest.settle import Look, Seen, Sight, Timings, decide, observe
from ingest.taking import Taker
from ingest.turnstile import Turnstile
from ingest.whole import look_at
from pictureday.clock import Clock
from pictureday.messages import BATCH

__all__ = ["NEVER", "Desk", "Hands"]

NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What the desks of one inbox share. `rescan` is how long a folder in trouble is left alone, in seconds."""

    inbox: FolderInbox
    turnstile: Turnstile
    taker: Taker
    closer: Closer
    timings: Timings
    rescan: float
    clock: Clock


class Desk:
    """One vendor's files, from the first sight of them until they are taken. Used by one thread.

    `due` is when its folder is worth a look (monotonic), `stale` are the paths that nobody writes to and
    that can't be taken, `is_shut` says that the folder could not be looked at; `idle` may read these from
    another thread.
    """

    def __init__(self, vendor: str, hands: Hands) -> None:
        self._vendor = vendor
        self._hands = hands
        self._known: dict[str, Seen] = {}
        self._ready: deque[Sight] = deque()
        self._active: dict[Place, float] = {}
        self._troubled = False
        self.stale: frozenset[str] = frozenset()
        self.is_shut = False
        self.due = NEVER

    @property
    def is_taking(self) -> bool:
        """Whether seen files are still to be taken; they come first, then the folder is worth another look."""
        return bool(self._ready)

    def look(self, *, admitted: bool) -> bool:
        """Look at the folder and decide; True if a delivery was closed.

        The folder of a vendor that is not admitted (any more) is left untouched; its deliveries still close.
        """
        began = self._hands.clock.monotonic()
        try:
            sights = self._hands.inbox.sights(self._vendor) if admitted else []
        except FolderTrouble as trouble:  # one vendor's trouble is not another's
            self._leave_alone(trouble)
            self.is_shut = True
            return False
        self.is_shut = False
        # Quiet is counted from the end of one scan to the beginning of another: a long scan makes nothing older.
        ended = self._hands.clock.monotonic()
        self._known = observe(self._known, sights, ended)
        self._note_activity(ended)
        again = self._decide(began)
        closed, close_due = self._close(began)
        self.due = min(again, close_due)
        return closed

    def take(self) -> None:
        """Take one batch of what is ready."""
        batch = list(islice(_popped(self._ready), BATCH))
        try:
            self._hands.taker.take(self._vendor, batch)
        except FolderTrouble as trouble:
            self._leave_alone(trouble)
            self._troubled = True
        now = self._hands.clock.monotonic()
        self._active |= {place: now for sight in batch if (place := place_of(sight.path)).kind != "zip"}
        if not self._ready:
            self.due = now + self._hands.rescan if self._troubled else now
            self._troubled = False

    def _leave_alone(self, trouble: FolderTrouble) -> None:
        self._hands.turnstile.trouble(self._vendor, trouble)
        self.due = self._hands.clock.monotonic() + self._hands.rescan

    def _note_activity(self, now: float) -> None:
        for path, seen in self._known.items():
            if seen.since == now and (place := place_of(path)).kind != "zip":
                self._active[place] = now

    def _decide(self, now: float) -> float:
        steps = {path: decide(seen, now, self._hands.timings, self._read) for path, seen in self._known.items()}
        ready = [self._known[path].sight for path, step in steps.items() if step.take]
        self._ready = deque(sorted(ready, key=lambda sight: sight.path))
        self.stale = frozenset(path for path, step in steps.items() if step.stale)
        return min((step.again_at for step in steps.values()), default=NEVER)

    def _read(self, sight: Sight) -> Look:
        try:
            with self._hands.inbox.opened(self._vendor, sight.path) as stream:
                return look_at(stream)
        except PermissionError as error:
            self._hands.turnstile.unreadable(self._vendor, error)
            return Look.SHUT
        except OSError:  # gone, or swapped for something else: the next look sees what it is
            return Look.CUT

    def _close(self, now: float) -> tuple[bool, float]:
        closed, due = False, NEVER
        lying = self._lying()
        for place, delivery_id in self._hands.closer.open_places(self._vendor).items():
            one, again = self._close_one(place, delivery_id, lying.pop(place, []), now)
            closed, due = closed or one, min(due, again)
        for place, sights in lying.items():
            if all(sight.path in self.stale for sight in sights):
                closed = self._hands.closer.tell_alone(self._vendor, place, sights) or closed
        return closed, due

    def _lying(self) -> dict[Place, list[Sight]]:
        lying: dict[Place, list[Sight]] = {}
        for path, seen in self._known.items():
            lying.setdefault(place_of(path), []).append(seen.sight)
        return lying

    def _close_one(self, place: Place, delivery_id: int, inside: list[Sight], now: float) -> tuple[bool, float]:
        if any(sight.path not in self.stale for sight in inside):
            return False, NEVER  # each of these has a time of its own
        quiet_at = self._active.setdefault(place, now) + self._hands.timings.quiet
        if now < quiet_at and not self._hands.closer.is_marked_done(delivery_id):
            return False, quiet_at
        if not self._hands.closer.close(delivery_id, inside):
            return False, now + self._hands.timings.settle
        del self._active[place]
        if place.kind == "folder":
            self._hands.inbox.tidy(self._vendor, place.name)
        return True, NEVER


def _popped(ready: deque[Sight]) -> Iterable[Sight]:
    while ready:
        yield ready.popleft()
