"""Intake: objects are put on record, fetched side by side, and entered in groups. In that order (design, 5.5).

Nothing in the bucket is touched before the group is committed. Killed before, the drops on record are forgotten and
the objects are found again; killed after, they are known.
"""

from __future__ import annotations

import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ingest.bucket.fetching import Fetched, Fetcher, Job, Outcome, pieces_of
from ingest.bucket.hints import Hint, is_told_before, same
from ingest.placing import Place, kind_of
from ingest.taking import SMALL, enter
from pictureday.blobs import Batch, Blobs, Stored
from pictureday.catalogue import deliveries, drops, objects
from pictureday.catalogue.objects import Taken
from pictureday.errors import Outage, PictureDayError
from pictureday.log import get_logger
from pictureday.messages import BATCH

__all__ = ["Intake"]

_THREADS = 32
_MOST = 2 * BATCH  # objects on record that are being fetched

Writing = Callable[[], AbstractContextManager[Connection]]


class Intake:
    """Takes the objects of one inbox. Used by one thread; `bell` is set when something was fetched."""

    def __init__(
        self, inbox: str, fetcher: Fetcher, blobs: Blobs, writing: Writing, bell: threading.Event, *, keeps: bool
    ) -> None:
        self._inbox = inbox
        self._fetcher = fetcher
        self._blobs = blobs
        self._writing = writing
        self._bell = bell
        self._keeps = keeps
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch")
        self._jobs: dict[Future[Fetched], Job] = {}
        self._new: list[Fetched] = []
        self._others: list[Fetched] = []
        self._outage: Outage | None = None
        self._where: set[tuple[str, str]] = set()
        self._places: set[tuple[str, Place]] = set()

    def __len__(self) -> int:
        return len(self._jobs) + len(self._new) + len(self._others)

    @property
    def room(self) -> int:
        """How many more may be begun: none while a group waits to be entered, which may have a file open each."""
        return max(0, _MOST - len(self)) if len(self._new) < BATCH else 0

    @property
    def archives(self) -> Counter[str]:
        """How many zips of each vendor are in hand."""
        return Counter(job.hint.vendor for job in self._in_hand() if job.hint.place.kind == "zip")

    def __contains__(self, where: tuple[str, str]) -> bool:
        """Whether anything of this vendor and path is in hand."""
        return where in self._where

    @property
    def busy(self) -> set[tuple[str, str]]:
        """Whose turn it is: vendor and path."""
        return self._where

    def holds(self, vendor: str, place: Place) -> bool:
        """Whether anything of this delivery is in hand."""
        return (vendor, place) in self._places

    def begin(self, hints: Sequence[Hint]) -> list[Hint]:
        """Put objects on record and begin to fetch them; returns those of which the event alone says they are known."""
        if not hints:
            return []
        with self._writing() as tx:
            taken = self._taken(tx, hints)
            new = [hint for hint in hints if not is_told_before(hint, taken.get(hint.where, ()))]
            rows = self._record(tx, new)
        for hint, row in zip(new, rows, strict=True):
            job = Job(hint=hint, row=row, taken=taken.get(hint.where, ()))
            future = self._pool.submit(self._fetcher.fetch, job)
            self._jobs[future] = job
            future.add_done_callback(lambda _: self._bell.set())
        self._note_in_hand()
        known = {id(hint) for hint in new}
        return [hint for hint in hints if id(hint) not in known]

    def collect(self) -> tuple[list[Fetched], Outage | None]:
        """What was fetched and is not new, forgotten again; and why some have to be tried again: `Outcome.AGAIN`.

        What is new is kept for `enter`. Where this raises, nothing is lost: the next call returns it.
        """
        for future in [future for future in self._jobs if future.done()]:
            fetched = self._result(future)
            (self._new if fetched.outcome is Outcome.NEW else self._others).append(fetched)
        if not self._others:
            return [], None
        with self._writing() as tx:
            drops.forget(tx, [one.job.row["id"] for one in self._others])
        others, self._others = self._others, []
        outage, self._outage = self._outage, None
        self._note_in_hand()
        return others, outage

    def enter(self) -> list[Fetched]:
        """Make a group of what is new ours; returns what was, with `Outcome.DENIED` for what could not be."""
        group = self._new[:BATCH]
        entered = self._entered(group) if group else []
        del self._new[: len(group)]
        for one in group:
            if one.body is not None:
                one.body.close()
        if group:
            self._note_in_hand()
        return entered

    def close(self) -> None:
        """Wait for what is being fetched, and let go of it: it was not taken."""
        self._fetcher.stop()
        self._pool.shutdown(cancel_futures=True)
        for future in self._jobs:
            if future.done() and not future.cancelled() and not future.exception():
                self._new.append(future.result())
        for one in self._new:
            if one.body is not None:
                one.body.close()

    def _note_in_hand(self) -> None:
        # Asked for each object of a listing and each open delivery, so that it is not counted each time.
        self._where = {job.hint.where for job in self._in_hand()}
        self._places = {(job.hint.vendor, job.hint.place) for job in self._in_hand()}

    def _in_hand(self) -> Iterator[Job]:
        yield from self._jobs.values()
        yield from (one.job for one in (*self._new, *self._others))

    def _taken(self, tx: Connection, hints: Sequence[Hint]) -> dict[tuple[str, str], list[Taken]]:
        found: dict[tuple[str, str], list[Taken]] = {}
        for vendor in dict.fromkeys(hint.vendor for hint in hints):
            paths = [hint.path for hint in hints if hint.vendor == vendor]
            mine = objects.taken(tx, self._inbox, vendor, paths)
            found |= {(vendor, path): taken for path, taken in mine.items()}
        return found

    def _record(self, tx: Connection, hints: Sequence[Hint]) -> list[dict[str, Any]]:
        places = dict.fromkeys((hint.vendor, hint.place) for hint in hints)
        opened = {(vendor, place): self._opened(tx, vendor, place) for vendor, place in places if place.kind != "zip"}
        new = []
        for hint in hints:
            # Each zip is a delivery of its own, also one of a name that another had.
            delivery = opened.get((hint.vendor, hint.place)) or self._opened(tx, hint.vendor, hint.place)
            kind = kind_of(hint.path)
            new.append(drops.NewDrop(vendor=hint.vendor, path=hint.path, kind=kind, delivery_id=delivery))
        return drops.record(tx, self._inbox, new)

    def _opened(self, tx: Connection, vendor: str, place: Place) -> int:
        return deliveries.opened(tx, inbox=self._inbox, vendor=vendor, kind=place.kind, name=place.name)

    def _result(self, future: Future[Fetched]) -> Fetched:
        job = self._jobs.pop(future)
        try:
            return future.result()
        except Outage as outage:
            self._outage = outage
            return Fetched(job=job, outcome=Outcome.AGAIN)
        except Exception as error:  # noqa: BLE001 - one object's trouble; the others go on
            get_logger().error("object_not_fetched", drop_id=job.row["id"], error=_where(error))
            return Fetched(job=job, outcome=Outcome.DENIED, trouble=f"It can't be fetched: {type(error).__name__}.")

    def _entered(self, group: Sequence[Fetched]) -> list[Fetched]:
        try:
            self._save(group)
        except PictureDayError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, one object's trouble is not that of the others
            if len(group) > 1:
                middle = len(group) // 2
                return self._entered(group[:middle]) + self._entered(group[middle:])
            if self._is_entered(group[0]):
                return list(group)
            get_logger().error("object_not_entered", drop_id=group[0].job.row["id"], error=_where(error))
            trouble = f"It can't be entered: {type(error).__name__}."
            return [replace(group[0], outcome=Outcome.DENIED, trouble=trouble)]
        return list(group)

    def _is_entered(self, one: Fetched) -> bool:
        # The answer to an earlier commit may have been lost, or the other half of its group met an outage.
        hint = one.job.hint
        with self._writing() as tx:
            drops.forget(tx, [one.job.row["id"]])  # only what is still no more than on record
            taken = self._taken(tx, [hint]).get(hint.where, ())
        return one.print is not None and same(one.print, taken)

    def _save(self, group: Sequence[Fetched]) -> None:
        with self._blobs.batch() as batch:
            kept = [_kept(batch, one) for one in group]
        rows = [self._row(one, stored) for one, stored in zip(group, kept, strict=True)]
        with self._writing() as tx:
            enter(tx, rows)
            objects.identify(tx, rows)

    def _row(self, one: Fetched, stored: Stored) -> dict[str, Any]:
        assert one.print is not None  # noqa: S101 - a new object has one
        state = "stored" if one.job.row["kind"] == "archive" else "done"
        times = {"mtime_ns": one.sight.mtime_ns, "ctime_ns": 0, "modified": one.print.modified}
        known = {"etag": one.print.etag, "version": one.print.version, "sequencer": one.job.hint.sequencer}
        size = one.print.size
        return one.job.row | times | known | {
            "sha256": stored.sha256, "place": stored.place, "size": size, "state": state, "findings": (),
            "removed": self._keeps, "counted": (one.files, size),
        }  # fmt: skip


def _kept(batch: Batch, one: Fetched) -> Stored:
    """The bytes of an object; those of an archive are a blob already."""
    size = one.print.size if one.print else 0
    if one.body is None:
        return Stored(sha256=one.sha256, size=size)
    pieces = pieces_of(one.body)
    return batch.put(pieces) if size > SMALL else batch.add(b"".join(pieces))


def _where(error: Exception) -> str:
    # A database's own words may hold the path, which is a student's code.
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {last.name}:{last.lineno}"
