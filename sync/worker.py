"""The sync at work: one night.

A night takes the lease, catches the catalogue up with the ledger, then goes through what is accepted up
to its mark, batch by batch. It may be cut short anywhere: it is then begun again under its number.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from email.message import EmailMessage

from sqlalchemy import Connection

from pictureday.blobs import Blobs
from pictureday.bus import Bus
from pictureday.catalogue import Catalogue, leases
from pictureday.clock import Clock
from pictureday.config import Settings
from pictureday.errors import Outage, UserError
from pictureday.log import get_logger
from pictureday.mail import usable
from pictureday.messages import Queue
from sync import letter, nights, records
from sync.ahead import ahead
from sync.foresight import foresee
from sync.handover import hand_over
from sync.nights import NightRow, Trigger
from sync.plan import Candidate
from sync.repair import catch_up
from sync.store import MisisStore, StoreRefused
from sync.tally import Tally

__all__ = ["LEASE_SECONDS", "Night", "SyncRunning"]

LEASE = "sync"
# Short, so that a night is soon taken up again after a crash; safe, because every batch renews it first.
LEASE_SECONDS = 6.0
_log = get_logger()


class SyncRunning(UserError):
    """Another sync holds the lease."""


class Night:
    """One night's sync, for one thread. `progress` is told (photos done, photos in all) after each batch.

    `stopping` is asked between batches: where it says yes, the night ends early and is taken up again later.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        store: MisisStore,
        blobs: Blobs,
        settings: Settings,
        clock: Clock,
        bus: Bus | None = None,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._blobs = blobs
        self._settings = settings
        self._clock = clock
        self._bus = bus
        self._progress = progress
        self._stopping = stopping
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._owner = f"{socket.gethostname()[:32]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._ops = usable(settings.mail.ops, settings.mail.allowed_domains).allowed

    def run(self, trigger: Trigger, *, patience: float = 0.0) -> Tally:
        """Hold the night; what it came to. Raises `Outage`, and `SyncRunning` if another one runs.

        `patience` is for how many seconds to wait for the other one, which may be dead.
        """
        night = self._begin(trigger, patience)
        try:
            return self._go_through(night)
        except Outage as outage:
            self._tell_stopped(night, outage)
            raise
        finally:
            self._give_back()

    def plan_only(self) -> Tally:
        """What a night would come to now; writes nothing."""
        with self._catalogue.read() as tx:
            return foresee(tx, self._settings.sync.batch)

    def _begin(self, trigger: Trigger, patience: float) -> NightRow:
        deadline = self._clock.monotonic() + patience
        while (night := self._try_begin(trigger)) is None:
            if self._clock.monotonic() >= deadline:
                raise self._running()
            time.sleep(0.2)
        _log.info("night_started", night_id=night.night_id, trigger=trigger, mark=night.mark)
        return night

    def _try_begin(self, trigger: Trigger) -> NightRow | None:
        now = self._clock.now()
        with self._catalogue.write() as tx:
            if not leases.take(tx, LEASE, self._owner, now=now, seconds=LEASE_SECONDS):
                return None
            return nights.begin(tx, trigger, now)

    def _running(self) -> SyncRunning:
        with self._catalogue.read() as tx:
            by, since = leases.holder(tx, LEASE), nights.running_since(tx)
        shown = f"{since.astimezone(self._settings.district.zone):%Y-%m-%d %H:%M %Z}" if since else "just now"
        return SyncRunning(
            f"A sync is running since {shown} (by {by or 'another process'}).", fix="Wait until it is over."
        )

    def _go_through(self, night: NightRow) -> Tally:
        self._store.prepare()
        self._drain()
        tally = self._catch_up(night)
        with self._catalogue.read() as tx:
            total = tally.seen + records.accepted_count(tx, night.mark)
        # The next batch is read while the store writes the last one; whether its photos are still accepted is asked
        # again in its own transaction.
        with closing(ahead(self._batches(night))) as batches:
            for batch, renditions in batches:
                if self._stopping():
                    return tally
                tally = self._hand_over(night, batch, renditions, tally)
                self._progress(tally.seen, total)
        return tally if self._stopping() else self._finish(night, tally)

    def _drain(self) -> None:
        if self._bus is None:
            return
        try:
            self._bus.drain(Queue.SYNC)
        except Outage as outage:
            # The feed only wakes us; the catalogue knows what to do, with the broker or without.
            _log.warning("feed_not_drained", problem=outage.what)

    def _catch_up(self, night: NightRow) -> Tally:
        tally = night.tally
        with self._catalogue.read() as tx:
            seq = nights.repaired(tx)
        if seq > self._store.last_seq():
            seq = 0  # another store, or an earlier state of it: look at all its lines
        while rows := self._store.ledger_after(seq, self._settings.sync.batch):
            seq = rows[-1].seq
            with self._writing() as tx:
                tally += catch_up(tx, self._store, rows)
                nights.note(tx, night, tally)
                nights.set_repaired(tx, seq)
        return tally

    def _batches(self, night: NightRow) -> Iterator[tuple[list[Candidate], dict[str, bytes]]]:
        after = 0
        while batch := self._candidates(night, after):
            yield batch, self._renditions(batch)
            after = batch[-1].accepted_no

    def _candidates(self, night: NightRow, after: int) -> list[Candidate]:
        with self._catalogue.read() as tx:
            return records.candidates(tx, after=after, upto=night.mark, limit=self._settings.sync.batch)

    def _renditions(self, batch: Sequence[Candidate]) -> dict[str, bytes]:
        found = self._blobs.read_all({photo.rendition: photo.place for photo in batch})
        for photo in batch:
            if not isinstance(problem := found[photo.rendition], bytes):
                _log.error("rendition_not_readable", photo_id=photo.photo_id, problem=type(problem).__name__)
        return {name: data for name, data in found.items() if isinstance(data, bytes)}

    def _hand_over(
        self, night: NightRow, batch: Sequence[Candidate], renditions: Mapping[str, bytes], tally: Tally
    ) -> Tally:
        try:
            with self._writing() as tx:
                at = self._clock.now()
                more = hand_over(
                    tx, self._store, batch, renditions, night_id=night.night_id, at=at, beside=self._beside
                )
                nights.note(tx, night, tally + more)
            return tally + more
        except StoreRefused as refused:
            if len(batch) == 1:
                _log.error("photo_refused_by_store", photo_id=batch[0].photo_id, problem=refused.what)
                return tally + Tally(failed=1)
        middle = len(batch) // 2
        tally = self._hand_over(night, batch[:middle], renditions, tally)
        return self._hand_over(night, batch[middle:], renditions, tally)

    def _finish(self, night: NightRow, tally: Tally) -> Tally:
        now, last = self._clock.now(), self._store.last_seq()
        with self._writing() as tx:
            tally = replace(tally, waiting=max(0, records.accepted_count(tx) - tally.failed))
            records.clear_feed(tx)
            nights.set_repaired(tx, last)
            nights.finish(tx, night, tally, now)
            # Whoever types `--now` reads the counts; the operators hear of it where something happened.
            if night.trigger == "schedule" or not tally.quiet:
                self._post(tx, letter.finished(night, tally, now, to=self._ops, settings=self._settings))
        _log.info("night_finished", night_id=night.night_id, **tally.as_json())
        return tally

    def _tell_stopped(self, night: NightRow, outage: Outage) -> None:
        now = self._clock.now()
        _log.error("night_stopped", night_id=night.night_id, problem=outage.what)
        # If it is the catalogue that is away, nothing can be written: the log has to do.
        with suppress(Outage), self._catalogue.write() as tx:
            self._post(tx, letter.stopped(night, outage, now, to=self._ops, settings=self._settings))

    def _post(self, tx: Connection, mail: EmailMessage) -> None:
        if self._ops:
            nights.post(tx, mail, self._ops, self._clock.now())

    def _give_back(self) -> None:
        # A lease that can't be given back runs out by itself.
        with suppress(Outage), self._catalogue.write() as tx:
            leases.release(tx, LEASE, self._owner)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction in which the lease is ours, and stays ours until it ends."""
        with self._catalogue.write() as tx:
            if not leases.renew(tx, LEASE, self._owner, now=self._clock.now(), seconds=LEASE_SECONDS):
                raise SyncRunning("Another sync took over, because this one stood still for too long.")
            yield tx
