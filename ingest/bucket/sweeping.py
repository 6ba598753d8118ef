"""Sweeping: when the bucket is listed as a whole, and when a listing has ended with everything it found dealt with.

At the start, on a schedule, when somebody asks (`pictureday ingest --reconcile`), and when a vendor that was turned
away may deliver by now.
"""

from __future__ import annotations

from ingest.admission import Admission
from ingest.bucket.hints import Hint
from ingest.bucket.looking import Looker, Sweep
from pictureday.catalogue import Catalogue, listings
from pictureday.errors import Outage
from pictureday.log import get_logger
from pictureday.loops import Patience
from pictureday.s3 import ObjectDenied

__all__ = ["Sweeper"]

_ASK = 0.5  # seconds between two looks for a question
_GATE = 30.0  # seconds between two looks at whether a vendor may deliver now
_LONGEST = 60.0  # seconds until a listing that broke off is begun again


class Sweeper:
    """Lists one inbox when it is time. Used by one thread; times are monotonic seconds."""

    def __init__(self, inbox: str, looker: Looker, admission: Admission, catalogue: Catalogue, *, every: float) -> None:
        self._inbox = inbox
        self._looker = looker
        self._admission = admission
        self._catalogue = catalogue
        self._every = every
        self._sweep: Sweep | None = None
        self._open: set[tuple[str, str]] = set()  # what it found and is not dealt with
        self._next = self._next_question = self._next_gate = 0.0
        self._patience = Patience("listing", most=_LONGEST)
        self.turned_away: set[str] = set()
        self.is_done = False  # at least once, with all that it found

    @property
    def is_idle(self) -> bool:
        """Whether one was finished, and none is under way."""
        return self.is_done and self._sweep is None

    @property
    def is_listing(self) -> bool:
        """Whether there is another page to look at."""
        return self._sweep is not None and not self._sweep.is_over

    def page(self, now: float) -> list[Hint]:
        """What the next page has that was never taken; begins a listing where it is time.

        A listing that can't be made is told and begun again later; what is heard of is taken meanwhile.
        """
        self._begin(now)
        if self._sweep is None or self._sweep.is_over:
            return []
        try:
            return self._sweep.next(now)
        except Outage as outage:
            self._break_off(outage, now)
            return []
        except Exception:
            self._break_off(Outage("A listing broke off."), now)
            raise
        finally:
            if self._sweep is not None:
                self.turned_away |= self._sweep.turned_away

    def took_up(self, hint: Hint) -> None:
        """A hint of the listing was put into line."""
        if self._sweep:
            self._sweep.found += 1
        self.waits_for(hint)

    def waits_for(self, hint: Hint) -> None:
        """What a listing has found is in hand, from wherever; the listing has not ended before it is dealt with."""
        self._open.add(hint.where)

    def dealt_with(self, hint: Hint) -> None:
        """A hint, from wherever, is dealt with."""
        self._open.discard(hint.where)

    def end(self, now: float) -> None:
        """Note that a listing has ended, if it has."""
        sweep = self._sweep
        if sweep is None or not sweep.is_over or self._open:
            return
        with self._catalogue.write() as tx:
            listings.note(tx, self._inbox, answers=sweep.answers, seen=sweep.seen, found=sweep.found)
        get_logger().info("bucket_listed", seen=sweep.seen, found=sweep.found)
        self._sweep, self._next, self.is_done = None, now + self._every, True
        self._patience.worked()

    def _break_off(self, outage: Outage, now: float) -> None:
        # It can't go on where it was; and what it found is found again, or is taken by then.
        self._sweep, self._next = None, now + self._patience.failed(outage)
        self._open.clear()
        if isinstance(outage, ObjectDenied):
            self._admission.note(f"listing:{self._inbox}", f"{self._inbox} can't be listed. {outage}")

    def _begin(self, now: float) -> None:
        if self._sweep is not None:
            return
        asked = self._question(now)
        if asked is None and now < self._next and not self._may_come_in(now):
            return
        with self._catalogue.read() as tx:
            answers = listings.find(tx, self._inbox)["asked"]
        self.turned_away.clear()  # the listing sees for itself
        self._sweep = Sweep(self._looker, self._admission.admitted, answers)

    def _question(self, now: float) -> int | None:
        if now < self._next_question:
            return None
        self._next_question = now + _ASK
        with self._catalogue.read() as tx:
            found = listings.find(tx, self._inbox)
        return found["asked"] if found["asked"] > found["done"] else None

    def _may_come_in(self, now: float) -> bool:
        if not self.turned_away or now < self._next_gate:
            return False
        self._next_gate = now + _GATE
        return bool(self._admission.admitted(sorted(self.turned_away)))
