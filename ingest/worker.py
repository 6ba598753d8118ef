"""The ingester of one inbox: looks, takes, clears, closes. One thread; another one unpacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ingest.clearing import Clearer
from ingest.closing import Closer
from ingest.desk import NEVER, Desk, Hands
from ingest.inbox import FolderInbox, FolderTrouble
from ingest.rationing import Rationing, quota_of
from ingest.settle import Look, Seen, Sight, Timings, decide, observe
from ingest.size import Sizes
from ingest.taking import Taker
from ingest.turnstile import Turnstile
from ingest.unpacking import Unpacker
from ingest.watching import Watch
from ingest.whole import look_at
from pictureday import config
from pictureday.blobs import Blobs
from pictureday.catalogue import Catalogue, deliveries, drops
from pictureday.clock import Clock, SystemClock
from pictureday.log import get_logger

__all__ = ["Ingester"]

_CLEARING = 2.0  # seconds between batches of taken files that are removed while others are still being taken
_UNPACK_LOOK = 0.1  # seconds between two looks for a stored archive


class Ingester:
    """Brings what vendors drop into one folder inbox into the catalogue.

    `step` is called again and again by one thread, `unpack` by another; `wake` is called after a commit.
    """

    def __init__(
        self,
        inbox: config.Inbox,
        settings: config.Settings,
        catalogue: Catalogue,
        blobs: Blobs,
        *,
        wake: Callable[[], None],
        clock: Clock | None = None,
    ) -> None:
        times = settings.ingest
        self._url = inbox.url
        self._clock = clock or SystemClock()
        self._timings = Timings(settle=times.settle, quiet=times.quiet, grace=times.grace)
        self._rescan = times.rescan
        self._catalogue = catalogue
        self._inbox = FolderInbox(inbox.root)
        self._turnstile = Turnstile(inbox.root, catalogue)
        self._watch = Watch(inbox.root)
        sizes = Sizes.of(times, settings.profile.numbers)
        self._rationing = Rationing(inbox.url, catalogue, quota_of(times), self._turnstile, settings.district.zone)
        self._clearer = Clearer(self._inbox, inbox.url, catalogue, times.settle)
        self._taker = Taker(self._inbox, inbox.url, catalogue, blobs, sizes, stored=self._stands)
        self._closer = Closer(inbox.url, catalogue, blobs)
        self._hands = Hands(
            inbox=self._inbox,
            turnstile=self._turnstile,
            rationing=self._rationing,
            sizes=sizes,
            taker=self._taker,
            closer=self._closer,
            timings=self._timings,
            rescan=times.rescan,
            clock=self._clock,
        )
        self._unpacker = Unpacker(inbox.url, catalogue, blobs, sizes.archive, is_full=self._rationing.is_full)
        self._wake = wake
        self._begun: tuple[int, int] | None = None
        self._stored, self._unpacked = 1, 0  # how often something was stored, and at which of these nothing was left
        self._late: dict[str, Seen] = {}
        self._desks: dict[str, Desk] = {}
        self._next_rescan = 0.0
        self._next_clearing = 0.0
        self._unheard: set[str] = set()  # vendors that only the rescan wants looked at

    def step(self) -> float:
        """Look at what is due, take one batch for each vendor, clear and close; waits for the next event itself."""
        self._begin()
        if self._clock.monotonic() >= self._next_rescan:
            self._next_rescan = self._clock.monotonic() + self._rescan
            self._unheard = set(self._desks) - self._watch.heard()
            self._due(self._inbox.vendors() + sorted(self._closer.owners()))
        self._look()
        self._take_in_turn()
        late_due = self._store_late()
        self._listen(min(late_due, self._clear()))
        return 0.0

    def unpack(self) -> float:
        """One batch of one archive; returns how long to wait where there is none."""
        stored = self._stored
        # Before `step` has begun, another process may be the inbox's ingester.
        if not self._begun or stored == self._unpacked:
            return _UNPACK_LOOK
        if self._unpacker.step():
            self._wake()
            return 0.0
        if not self._has_archives():
            self._unpacked = stored  # the catalogue need not be asked again before there can be one
        return _UNPACK_LOOK

    def idle(self) -> bool:
        """Whether nothing is left to take, unpack or close.

        Files that stood too long don't count, nor what waits for room in its vendor's quota: where that is for
        verdicts, whoever gives them is not idle.
        """
        admitted = self._turnstile.admitted(self._inbox.vendors())
        full = {vendor for vendor in admitted if self._rationing.is_full(vendor)}
        if any(self._lies_there(vendor) for vendor in admitted if vendor not in full):
            return False
        with self._catalogue.read() as tx:
            still_open = [row for row in deliveries.open_ones(tx, self._url) if row["vendor"] not in full]
            return not still_open and not drops.in_hand(tx, self._url, but_not=full)

    def stop(self) -> None:
        """Stop watching, and let another process in; both threads have ended."""
        self._watch.stop()
        self._unpacker.forget()
        self._turnstile.leave()

    def ring(self) -> None:
        """End the wait of `step`."""
        self._watch.ring()

    def _begin(self) -> None:
        found = self._inbox.prepare(has_taken=self._has_taken)
        if found == self._begun:
            return
        if self._begun:  # the root was made anew, or another disk is mounted there
            self._begun = None
            self._turnstile.leave()
        self._turnstile.enter()
        if strangers := self._taker.strangers():
            self._turnstile.strangers(strangers)
        self._watch.start()
        self._stored += 1  # by whoever was the ingester before
        self._begun = found

    def _has_taken(self) -> bool:
        with self._catalogue.read() as tx:
            return bool(drops.of_state(tx, self._url, "recorded") or drops.standing(tx, self._url))

    def _has_archives(self) -> bool:
        with self._catalogue.read() as tx:
            return bool(drops.of_state(tx, self._url, "stored"))

    def _due(self, vendors: list[str]) -> None:
        for vendor in vendors:
            if vendor not in self._desks:
                self._desks[vendor] = Desk(vendor, self._hands)
            self._desks[vendor].due = self._clock.monotonic()

    def _look(self) -> None:
        now = self._clock.monotonic()
        due = {vendor: desk for vendor, desk in sorted(self._desks.items()) if desk.due <= now and not desk.is_taking}
        admitted = set(self._turnstile.admitted(due))
        for vendor, desk in due.items():
            if desk.look(admitted=vendor in admitted):
                self._wake()
        if any(desk.has_new for vendor, desk in due.items() if vendor in self._unheard):
            get_logger().info("watching_anew")  # no event has told of these files
            self._watch.start()
        self._unheard.clear()

    def _take_in_turn(self) -> None:
        for desk in [desk for desk in self._desks.values() if desk.is_taking]:
            try:
                desk.take()
            finally:
                self._stored += 1  # a part of it may be, whatever happened
            self._wake()

    def _clear(self) -> float:
        # What is taken is judged meanwhile; what it leaves behind can wait, but not for ever.
        now = self._clock.monotonic()
        if self._is_taking() and now < self._next_clearing:
            return self._next_clearing
        self._next_clearing = now + _CLEARING
        return self._clearer.clear(now)

    def _is_taking(self) -> bool:
        return any(desk.is_taking for desk in self._desks.values())

    def _listen(self, due: float) -> None:
        soon = min([due, self._next_rescan, *(desk.due for desk in self._desks.values())])
        waiting = 0.0 if self._is_taking() else soon - self._clock.monotonic()
        self._due(sorted(self._watch.wait(min(waiting, self._rescan))))

    def _stands(self, rows: Sequence[dict[str, Any]]) -> None:
        self._clearer.stands(rows, self._clock.monotonic())

    def _store_late(self) -> float:
        now = self._clock.monotonic()
        rows = {row["id"]: row for row in self._taker.resume()}
        sights = self._sights(rows) if rows else []
        self._late = observe(self._late, sights, self._clock.monotonic())
        steps = {drop_id: decide(seen, now, self._timings, self._read_taken) for drop_id, seen in self._late.items()}
        ready = [rows[drop_id] | _looks(self._late[drop_id].sight) for drop_id, step in steps.items() if step.take]
        try:
            self._taker.store(ready)
        finally:
            self._stored += bool(ready)
        if ready:
            self._wake()
        return min((step.again_at for step in steps.values()), default=NEVER)

    def _sights(self, drop_ids: Iterable[str]) -> list[Sight]:
        with self._inbox.in_taken() as taken:
            return [sight for drop_id in drop_ids if (sight := taken.sight(drop_id))]

    def _read_taken(self, sight: Sight) -> Look:
        try:
            with self._inbox.in_taken() as taken, taken.opened(sight.path) as stream:
                return look_at(stream)
        except OSError:
            return Look.OTHER

    def _lies_there(self, vendor: str) -> bool:
        desk = self._desks.get(vendor)
        waiting = desk.stale | desk.held if desk else frozenset()
        try:
            view = self._inbox.view(vendor, most=1, passed=waiting)
            return any(sight.path not in waiting for sight in view.sights)
        except FolderTrouble:  # ops were told, and nothing can be taken there
            return desk is None or not desk.is_shut


def _looks(sight: Sight) -> dict[str, Any]:
    return {"sight": sight, "is_own": sight.regular}
