"""One vendor's desk: what lies in its inbox, what is ready to be taken, and which of its deliveries may close."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from ingest.closing import Closer
from ingest.inbox import FolderInbox, FolderTrouble
from ingest.memory import Memory
from ingest.placing import Place, place_of
from ingest.quota import Admitted, Load
from ingest.rationing import Rationing
from ingest.reach import Reach
from ingest.settle import Look, Seen, Sight, Timings, decide, observe
from ingest.size import Sizes, files_in
from ingest.taking import Taker
from ingest.turnstile import Turnstile
from ingest.walking import DEPTH, View
from ingest.whole import look_at
from pictureday.clock import Clock
from pictureday.messages import BATCH
from pictureday.names import shown
from pictureday.reasons import Finding

__all__ = ["NEVER", "Desk", "Hands"]

NEVER = float("inf")
_TOGETHER = 64_000_000  # bytes that are copied in one go, past the first file: others wait for their turn meanwhile
_FULL = 1.0  # seconds between two looks at whether enough photos were judged


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What the desks of one inbox share. `rescan` is how long a folder in trouble is left alone, in seconds."""

    inbox: FolderInbox
    turnstile: Turnstile
    rationing: Rationing
    sizes: Sizes
    taker: Taker
    closer: Closer
    timings: Timings
    rescan: float
    clock: Clock


class Desk:
    """One vendor's files, from the first sight of them until they are taken. Used by one thread.

    `due` is when its folder is worth a look (monotonic), `stale` are the paths that nobody writes to and
    that can't be taken, `held` those that wait for room in the vendor's quota, `is_shut` says that the folder
    could not be looked at; `idle` may read these from another thread.
    """

    def __init__(self, vendor: str, hands: Hands) -> None:
        self._vendor = vendor
        self._hands = hands
        self._known: dict[str, Seen] = {}
        self._looks = Memory[Look]()
        self._loads = Memory[Load]()
        self._ready: deque[Sight] = deque()
        self._active: dict[Place, float] = {}
        self._troubled = False
        self._is_full = False
        self.stale: frozenset[str] = frozenset()
        self.held: frozenset[str] = frozenset()
        self.is_shut = False
        self.has_new = False  # whether the last look has shown a file that no earlier one had
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
        if self._is_full and self._hands.rationing.is_still_full(self._vendor):
            self.due = began + _FULL
            return False
        try:
            view = self._hands.inbox.view(self._vendor, passed=self.stale, known=self._known) if admitted else View()
        except FolderTrouble as trouble:  # one vendor's trouble is not another's
            self._leave_alone(trouble)
            self.is_shut = True
            return False
        self.is_shut = False
        # Quiet is counted from the end of one scan to the beginning of another: a long scan makes nothing older.
        ended = self._hands.clock.monotonic()
        known = self._known
        self._known = observe(known, view.sights, ended)
        self.has_new = any(path not in known for path in self._known)
        self._looks.keep_only(self._known)
        self._loads.keep_only(self._known)
        self._note_activity(ended)
        again = self._decide(began)
        self._tell_left_out(view)
        # What was not seen may be a delivery's, and hold it open; but not what can't come in for hours.
        closed, close_due = self._close(began) if view.is_whole or self.held else (False, NEVER)
        self.due = min(again, close_due)
        return closed

    def take(self) -> None:
        """Take one batch of what is ready."""
        batch = list(_together(self._ready))
        try:
            self._hands.taker.take(self._vendor, batch)
        except FolderTrouble as trouble:
            self._leave_alone(trouble)
            self._troubled = True
        now = self._hands.clock.monotonic()
        self._active |= {sight.place: now for sight in batch if sight.place.kind != "zip"}
        if not self._ready:
            self.due = now + self._hands.rescan if self._troubled else now
            self._troubled = False

    def _leave_alone(self, trouble: FolderTrouble) -> None:
        self._hands.turnstile.trouble(self._vendor, trouble)
        self.due = self._hands.clock.monotonic() + self._hands.rescan

    def _note_activity(self, now: float) -> None:
        for seen in self._known.values():
            if seen.since == now and seen.sight.place.kind != "zip":
                self._active[seen.sight.place] = now

    def _decide(self, now: float) -> float:
        with self._hands.inbox.reach(self._vendor) as reach:
            read = partial(self._read, reach)
            steps = {path: decide(seen, now, self._hands.timings, read) for path, seen in self._known.items()}
        self._admit(sorted(path for path, step in steps.items() if step.take))
        self.stale = frozenset(path for path, step in steps.items() if step.stale)
        again = min((step.again_at for step in steps.values()), default=NEVER)
        return min(again, now + _FULL) if self._is_full else again

    def _admit(self, paths: Sequence[str]) -> None:
        loads = [self._load(self._known[path].sight) for path in paths]
        admitted = self._hands.rationing.admit(self._vendor, loads) if loads else Admitted()
        self._ready = deque(self._known[load.path].sight for load in admitted.taken)
        self.held = frozenset(load.path for load in (*admitted.held, *admitted.larger))
        self._is_full = len(self._ready) + len(self.held) < len(loads)

    def _load(self, sight: Sight) -> Load:
        return self._loads.get(sight) or self._loads.keep(sight, self._load_of(sight))

    def _load_of(self, sight: Sight) -> Load:
        if not sight.regular or self._hands.sizes.is_too_large(sight.kind, sight.size):
            return Load(path=sight.path, bytes=0)  # nothing of it is kept
        return Load(path=sight.path, bytes=sight.size, files=self._files(sight) if sight.kind == "archive" else 1)

    def _files(self, sight: Sight) -> int:
        try:
            with self._hands.inbox.reach(self._vendor) as reach, reach.opened(sight.path) as stream:
                return files_in(stream, self._hands.sizes.archive.entries)
        except OSError:
            return 1

    def _tell_left_out(self, view: View) -> None:
        for folder in view.too_deep:
            self._tell_too_deep(folder)
        if view.is_endless:
            text = f"So much lies in the inbox of vendor {self._vendor} that a part is never looked at. Clear it up."
            self._hands.turnstile.note(f"endless:{self._vendor}", text)

    def _tell_too_deep(self, folder: str) -> None:
        finding = Finding(code="too_deep", facts={"folder": shown(folder.partition("/")[0]), "most": DEPTH})
        text = f"Folders in the inbox of vendor {self._vendor} lie more than {DEPTH} deep; these are not looked into."
        place = place_of(folder)
        self._hands.rationing.turn_away(self._vendor, finding, kind=place.kind, name=place.name, text=text)

    def _read(self, reach: Reach, sight: Sight) -> Look:
        return self._looks.get(sight) or self._look_at(reach, sight)

    def _look_at(self, reach: Reach, sight: Sight) -> Look:
        try:
            with reach.opened(sight.path) as stream:
                return self._looks.keep(sight, look_at(stream))
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
            if path not in self.held:  # it comes in later, as a delivery of its own
                lying.setdefault(seen.sight.place, []).append(seen.sight)
        return lying

    def _close_one(self, place: Place, delivery_id: int, inside: list[Sight], now: float) -> tuple[bool, float]:
        if any(sight.path not in self.stale for sight in inside):
            return False, NEVER  # each of these has a time of its own
        quiet_at = self._active.setdefault(place, now) + self._hands.timings.quiet
        if now < quiet_at and not self._hands.closer.is_marked_done(delivery_id):
            return False, quiet_at
        if place.kind == "folder":  # first: killed in between, the empty folders would be nobody's and stay
            self._hands.inbox.tidy(self._vendor, place.name)
        if not self._hands.closer.close(delivery_id, inside):
            return False, now + self._hands.timings.settle
        del self._active[place]
        return True, NEVER


def _together(ready: deque[Sight]) -> Iterable[Sight]:
    left = _TOGETHER
    for _ in range(min(BATCH, len(ready))):
        yield ready[0]
        left -= ready.popleft().size
        if ready and ready[0].size > left:
            return
