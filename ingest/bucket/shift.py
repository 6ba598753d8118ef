"""A shift: all that one ingester does while the inbox is its own. What it holds in memory goes with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ingest.admission import Admission
from ingest.bucket.aftercare import Aftercare
from ingest.bucket.fetching import Fetched, Fetcher, Outcome
from ingest.bucket.hearing import hear
from ingest.bucket.hints import Hint
from ingest.bucket.holding import TakenOver
from ingest.bucket.intake import Intake
from ingest.bucket.line import Line
from ingest.bucket.looking import Looker
from ingest.bucket.post import Post, Source
from ingest.bucket.rounds import Rounds
from ingest.bucket.sweeping import Sweeper
from ingest.bucket.waiting import WaitingRoom
from ingest.closing import Closer
from ingest.placing import Place
from ingest.settle import Timings
from pictureday.blobs import Blobs
from pictureday.bucketurl import BucketUrl
from pictureday.catalogue import Catalogue, deliveries, drops
from pictureday.clock import Clock
from pictureday.config import Ingest
from pictureday.errors import Outage
from pictureday.messages import BATCH
from pictureday.s3 import Bucket

__all__ = ["Ground", "Shift", "is_under_way"]

_ROOM = 2000  # hints in line, past which no more are listed
_LONGEST = 0.5  # seconds of a wait
_MORE = 0.02  # seconds in which more may be fetched, so that one commit holds more
_TRIES = 5  # of an object that can't be fetched while the bucket answers
_ROUND = 0.2  # seconds between two rounds


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a shift stands on. `name` is the inbox's in the catalogue; `writing` a transaction while it is ours."""

    name: str
    place: BucketUrl
    bucket: Bucket
    after: str
    times: Ingest
    catalogue: Catalogue
    blobs: Blobs
    clock: Clock
    writing: Callable[[], AbstractContextManager[Connection]]
    wake: Callable[[], None]


class Shift:
    """One shift. Used by one thread, but for `bell`, which ends a wait, and `is_idle`."""

    def __init__(self, ground: Ground, source: Source) -> None:
        self.bell = threading.Event()
        self._ground = ground
        self._line = Line()
        self._room = WaitingRoom(ground.times.grace)
        self._admission = Admission(ground.name, ground.catalogue)
        closer = Closer(ground.name, ground.catalogue, ground.blobs)
        self._looker = looker = Looker(ground.name, ground.bucket, ground.place, ground.catalogue, self._room)
        timings = Timings(settle=0, quiet=ground.times.quiet, grace=ground.times.grace)
        self._rounds = Rounds(closer, looker, self._room, timings, holds=self._holds, admission=self._admission)
        self._sweeper = Sweeper(ground.name, looker, self._admission, ground.catalogue, every=ground.times.reconcile)
        fetcher = Fetcher(ground.bucket, ground.place, ground.blobs, ground.times)
        self._intake = Intake(
            ground.name, fetcher, ground.blobs, ground.writing, self.bell, keeps=ground.after == "keep"
        )
        self._care = Aftercare(
            ground.name,
            bucket=ground.bucket,
            place=ground.place,
            after=ground.after,
            writing=ground.writing,
            bell=self.bell,
        )
        self._post = Post(source, self.bell)
        self._next_round = self._due = 0.0
        self._parts = (
            self._hear,
            self._sweep,
            self._begin_fetching,
            self._collect,
            self._enter,
            self._aftercare,
            self._round,
            self._sweeper.end,
        )

    def begin(self) -> None:
        """Start hearing. Drops that a dead process had on record are forgotten: their objects are found again."""
        with self._ground.writing() as tx:
            drops.forget(tx, [row["id"] for row in drops.of_state(tx, self._ground.name, "recorded")])
        self._post.start()

    def step(self) -> None:
        """One step of everything; then waits for something to do.

        Raises the first trouble that was met, when all others had their turn: what one of them waits for is not what
        the next one waits for. Nothing is lost by it.
        """
        now = self._ground.clock.monotonic()
        troubles = [trouble for part in self._parts if (trouble := _met(part, now))]
        self._post.flush()
        if troubles:
            raise troubles[0]
        self._listen()

    def is_idle(self) -> bool:
        """Whether nothing is left to hear of, list, take, care for or close."""
        at_rest = self._post.is_quiet and self._sweeper.is_idle and self._care.is_idle
        if not at_rest or len(self._line) or len(self._intake):
            return False
        if self._room.pending(self._ground.clock.monotonic()):
            return False
        with self._ground.catalogue.read() as tx:
            return not is_under_way(tx, self._ground.name)

    def close(self) -> None:
        """Finish what can't be left; give the rest back."""
        with ExitStack() as stack:  # whatever one of them raises, the others are closed too
            for part in (self._care, self._intake, self._post):
                stack.callback(part.close)

    def _holds(self, vendor: str, place: Place) -> bool:
        return self._line.holds(vendor, place) or self._intake.holds(vendor, place)

    def _hear(self, _now: float) -> None:
        hints, turned_away = hear(self._post, self._ground.place, self._admission)
        self._sweeper.turned_away |= turned_away
        for hint in hints:
            self._line.add(hint)

    def _sweep(self, now: float) -> None:
        if len(self._line) > _ROOM:
            return
        for hint in self._sweeper.page(now):
            self._add_found(hint, now)

    def _add_found(self, hint: Hint, now: float) -> None:
        # What an event has told of and is in hand need not be fetched twice.
        if hint.where in self._line or hint.where in self._intake:
            self._sweeper.waits_for(hint)
            return
        self._sweeper.took_up(hint)
        self._line.add(hint)
        self._rounds.note(hint.vendor, hint.place, now)

    def _begin_fetching(self, _now: float) -> None:
        room = min(BATCH, self._intake.room)
        hints = self._line.next(room, busy=self._intake.busy, archives=self._intake.archives)
        try:
            known = self._intake.begin(hints)
        except BaseException:
            self._put_back(hints)
            raise
        self._deal_with(known)

    def _collect(self, now: float) -> None:
        others, outage = self._intake.collect()
        alone = outage is not None and self._answers()
        for one in others:
            self._settle(replace(one, outcome=_final(one)) if alone else one, now)
        if outage:
            raise outage

    def _settle(self, one: Fetched, now: float) -> None:
        hint = one.job.hint
        match one.outcome:
            case Outcome.AGAIN:
                self._put_back([replace(hint, tries=hint.tries + 1)])
                return
            case Outcome.CUT if one.print is not None:
                self._let_go(self._room.cut(hint, one.print, now), hint)
                self._post.park(hint.letter)
                self._sweeper.dealt_with(hint)
                return
            case Outcome.DENIED:
                self._turn_down(one, now)
                return
            case Outcome.GONE if hint.found:
                self._room.shut(hint, hint.found, now)  # listed and not there: gone since, or no client can read it
                self._deal_with([hint])
                return
            case Outcome.GONE if hint.other:
                self._line.add(replace(hint, path=hint.other, other=""))
                return
            case _:
                self._deal_with([hint])
                self._try_other(one)

    def _answers(self) -> bool:
        """Whether the bucket is there: then what can't be fetched is that object's own trouble."""
        try:
            self._looker.vendors()
        except Outage:
            return False
        return True

    def _turn_down(self, one: Fetched, now: float) -> None:
        hint = one.job.hint
        if found := one.print or hint.found:
            self._room.shut(hint, found, now)
        text = f"An object of vendor {hint.vendor} is not taken. {one.trouble}"
        self._post.later(hint.letter)
        self._sweeper.dealt_with(hint)
        with suppress(Outage):  # the next one is told
            self._admission.note(f"object:{self._ground.name}:{hint.vendor}", text)

    def _enter(self, now: float) -> None:
        entered = self._intake.enter()
        for one in entered:
            if one.outcome is Outcome.DENIED:
                self._turn_down(one, now)
                continue
            hint = one.job.hint
            self._rounds.note(hint.vendor, hint.place, now)
            self._let_go(self._room.leave(*hint.where), hint)
            self._deal_with([hint])
            self._try_other(one)
        if entered:
            self._care.more()
            self._ground.wake()

    def _let_go(self, waited: Hint | None, hint: Hint) -> None:
        # One that has waited gives way to a later one under its key, and needs no letter of its own any more.
        if waited and waited.letter is not hint.letter:
            self._post.done([waited.letter])

    def _try_other(self, one: Fetched) -> None:
        # The event was of another object than the one that its key's first reading has found.
        hint = one.job.hint
        if hint.other and hint.etag and one.print and hint.etag != one.print.etag:
            self._line.add(replace(hint, path=hint.other, other="", letter=None))

    def _aftercare(self, now: float) -> None:
        self._care.go(now)
        if self._care.trouble:
            text = f"Objects that were taken stay in {self._ground.name}. {self._care.trouble}"
            self._admission.note(f"aftercare:{self._ground.name}", text)

    def _round(self, now: float) -> None:
        for hint in self._room.due(now):
            self._line.add(hint)
        if now < self._next_round:
            return
        found, closed, due = self._rounds.go(now)
        for hint in found:
            self._add_found(hint, now)
        if closed:
            self._ground.wake()
        self._next_round = now + _ROUND
        self._due = min(due, self._room.next_due(now))

    def _put_back(self, hints: Iterable[Hint]) -> None:
        for hint in hints:
            self._line.add(hint)

    def _deal_with(self, hints: Iterable[Hint]) -> None:
        for hint in hints:
            self._post.done([hint.letter])
            self._sweeper.dealt_with(hint)

    def _listen(self) -> None:
        if (len(self._line) and self._intake.room) or (self._sweeper.is_listing and len(self._line) <= _ROOM):
            return
        wait = min(_LONGEST, max(0.0, self._due - self._ground.clock.monotonic()))
        if self.bell.wait(wait) and len(self._intake):
            threading.Event().wait(_MORE)
        self.bell.clear()


def _met(part: Callable[[float], None], now: float) -> Exception | None:
    try:
        part(now)
    except TakenOver:
        raise
    except Exception as trouble:  # noqa: BLE001 - it is raised when the others had their turn
        return trouble
    return None


def _final(one: Fetched) -> Outcome:
    return Outcome.DENIED if one.outcome is Outcome.AGAIN and one.job.hint.tries >= _TRIES else one.outcome


def is_under_way(tx: Connection, inbox: str) -> bool:
    """Whether the catalogue knows of a drop that is not fully in it, or of an open delivery."""
    return drops.unfinished(tx, inbox) or bool(deliveries.open_ones(tx, inbox))
