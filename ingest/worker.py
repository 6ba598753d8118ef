"""The ingester of one inbox: looks, settles, takes, clears, closes. One thread; another one unpacks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

from ingest.archive import Limits
from ingest.clearing import Clearer
from ingest.closing import Closer
from ingest.inbox import FolderInbox
from ingest.placing import Place, place_of
from ingest.settle import Look, Seen, Sight, Timings, decide, observe
from ingest.taking import Taker
from ingest.turnstile import Turnstile
from ingest.unpacking import Unpacker
from ingest.watching import Watch
from ingest.whole import look_at
from pictureday.blobs import Blobs
from pictureday.catalogue import Catalogue, deliveries, drops
from pictureday.clock import Clock, SystemClock
from pictureday.config import Inbox, Settings
from pictureday.errors import Outage
from pictureday.messages import BATCH

__all__ = ["Ingester"]

_NEVER = float("inf")


class Ingester:
    """Brings what vendors drop into one folder inbox into the catalogue.

    `step` is called again and again by one thread, `unpack` by another; `wake` is called after a commit.
    """

    def __init__(
        self,
        inbox: Inbox,
        settings: Settings,
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
        self._taker = Taker(self._inbox, inbox.url, catalogue, blobs)
        self._clearer = Clearer(self._inbox, inbox.url, catalogue, times.settle)
        self._closer = Closer(inbox.url, catalogue, blobs)
        limits = Limits(
            entries=times.archive_entries,
            entry_bytes=times.archive_entry_bytes,
            total_bytes=times.archive_bytes,
            ratio=times.archive_ratio,
        )
        self._unpacker = Unpacker(inbox.url, catalogue, blobs, limits)
        self._wake = wake
        self._watching = False
        self._known: dict[str, dict[str, Seen]] = {}
        self._late: dict[str, Seen] = {}
        self._backlog: dict[str, deque[Sight]] = {}
        self._active: dict[tuple[str, Place], float] = {}
        self._stale: dict[str, set[str]] = {}
        self._due: dict[str, float] = {}
        self._next_rescan = 0.0

    def step(self) -> float:
        """Look at what is due, take one batch for each vendor, clear and close; waits for the next event itself."""
        self._begin()
        now = self._clock.monotonic()
        if now >= self._next_rescan:
            self._next_rescan = now + self._rescan
            self._due = dict.fromkeys(self._inbox.vendors(), now)
        for vendor in self._turnstile.admitted(name for name, due in sorted(self._due.items()) if due <= now):
            self._look(vendor, now)
        self._take_in_turn()
        late_due = self._store_late(self._clock.monotonic())
        clear_due = self._clearer.clear(self._clock.monotonic())
        self._listen(min(late_due, clear_due))
        return 0.0

    def unpack(self) -> float:
        """One batch of one archive; returns how long to wait where there is none."""
        try:
            worked = self._unpacker.step()
        except BaseException:
            self._unpacker.forget()
            raise
        if worked:
            self._wake()
        return 0.0 if worked else 0.1

    def idle(self) -> bool:
        """Whether nothing is left to take, unpack or close. Temporary names that nobody renames don't count."""
        if any(self._lies_there(vendor) for vendor in self._turnstile.admitted(self._inbox.vendors())):
            return False
        with self._catalogue.read() as tx:
            return not drops.in_hand(tx, self._url) and not deliveries.open_ones(tx, self._url)

    def stop(self) -> None:
        """Stop watching, and end the wait of `step`."""
        self._watch.stop()
        self._turnstile.leave()

    def ring(self) -> None:
        """End the wait of `step`."""
        self._watch.ring()

    def _begin(self) -> None:
        if not self._watching:
            self._inbox.prepare()
            self._turnstile.enter()
            self._watch.start()
            self._watching = True

    def _listen(self, due: float) -> None:
        soon = min([due, self._next_rescan, *self._due.values()])
        waiting = 0.0 if self._backlog else soon - self._clock.monotonic()
        for vendor in self._watch.wait(min(waiting, self._rescan)):
            self._due[vendor] = self._clock.monotonic()

    def _look(self, vendor: str, now: float) -> None:
        if self._backlog.get(vendor):
            return  # what was seen comes first; then the folder is worth another look
        try:
            sights = self._inbox.sights(vendor)
        except Outage as error:  # one vendor's trouble is not another's
            self._turnstile.trouble(vendor, error)
            self._due[vendor] = now + self._rescan
            return
        before = self._known.get(vendor, {})
        known = self._known[vendor] = observe(before, sights, now)
        self._note_activity(vendor, known, now)
        self._due[vendor] = min(self._decide(vendor, known, now), self._close(vendor, now))

    def _note_activity(self, vendor: str, known: dict[str, Seen], now: float) -> None:
        for path, seen in known.items():
            if seen.since == now:
                self._active[vendor, place_of(path)] = now

    def _decide(self, vendor: str, known: dict[str, Seen], now: float) -> float:
        steps = {
            path: decide(seen, now, self._timings, lambda sight: self._read(vendor, sight))
            for path, seen in known.items()
        }
        ready = [known[path].sight for path, step in steps.items() if step.take]
        if ready:
            self._backlog[vendor] = deque(sorted(ready, key=lambda sight: sight.path))
        self._stale[vendor] = {path for path, step in steps.items() if step.stale}
        return min((step.again_at for step in steps.values()), default=_NEVER)

    def _read(self, vendor: str, sight: Sight) -> Look:
        try:
            with self._inbox.opened(vendor, sight.path) as stream:
                return look_at(stream)
        except PermissionError as error:
            self._turnstile.unreadable(vendor, error)
            return Look.CUT
        except OSError:  # gone, or swapped for something else: the next look sees what it is
            return Look.CUT

    def _take_in_turn(self) -> None:
        for vendor in list(self._backlog):
            backlog = self._backlog[vendor]
            batch = list(islice(_popped(backlog), BATCH))
            if not backlog:
                del self._backlog[vendor]
                self._due[vendor] = self._clock.monotonic()
            self._taker.take(vendor, batch)
            for place in {place_of(sight.path) for sight in batch}:
                self._active[vendor, place] = self._clock.monotonic()
            self._wake()

    def _store_late(self, now: float) -> float:
        rows = {row["id"]: row for row in self._taker.resume()}
        sights = [sight for drop_id in rows if (sight := self._inbox.sight_taken(drop_id))]
        self._late = observe(self._late, sights, now)
        steps = {drop_id: decide(seen, now, self._timings, self._read_taken) for drop_id, seen in self._late.items()}
        ready = [rows[drop_id] | {"sight": self._late[drop_id].sight} for drop_id, step in steps.items() if step.take]
        self._taker.store(ready)
        if ready:
            self._wake()
        return min((step.again_at for step in steps.values()), default=_NEVER)

    def _read_taken(self, sight: Sight) -> Look:
        try:
            with self._inbox.opened_taken(sight.path) as stream:
                return look_at(stream)
        except OSError:
            return Look.OTHER

    def _close(self, vendor: str, now: float) -> float:
        due = _NEVER
        for (owner, place), delivery_id in self._closer.open_places().items():
            if owner == vendor:
                due = min(due, self._close_one(vendor, place, delivery_id, now))
        return due

    def _close_one(self, vendor: str, place: Place, delivery_id: int, now: float) -> float:
        stale = self._stale.get(vendor, set())
        inside = [seen.sight for path, seen in self._known[vendor].items() if place_of(path) == place]
        if any(sight.path not in stale for sight in inside):
            return _NEVER  # each of these has a time of its own
        quiet_at = self._active.setdefault((vendor, place), now) + self._timings.quiet
        if now < quiet_at and not self._closer.is_marked_done(delivery_id):
            return quiet_at
        if not self._closer.close(delivery_id, [sight for sight in inside if sight.path in stale]):
            return now + self._timings.settle
        self._wake()
        self._active.pop((vendor, place), None)
        if place.kind == "folder":
            self._inbox.tidy(vendor, place.name)
        return _NEVER

    def _lies_there(self, vendor: str) -> bool:
        stale = self._stale.get(vendor, set())
        return any(sight.path not in stale for sight in self._inbox.sights(vendor))


def _popped(backlog: deque[Sight]) -> Iterable[Sight]:
    while backlog:
        yield backlog.popleft()
