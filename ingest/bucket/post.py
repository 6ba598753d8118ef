"""The post: messages are received on a thread of their own, kept while they are worked on, and deleted at the end.

Whoever dies keeps nobody's message: it comes again when its time is over. What comes again and again is put aside by
the queue itself (its redrive policy), which is why a message is only received when there is room to work on it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Protocol

from pictureday.errors import PictureDayError
from pictureday.loops import keep_going
from pictureday.s3 import Letter

__all__ = ["Post", "Source"]

_ROOM = 2000  # letters in hand; each is worth one object
_TOGETHER = 100  # letters that are kept by one call, so that one that fails is not everybody's
_FULL = 0.2  # seconds to wait where there is no room


class Source(Protocol):
    """Where letters come from."""

    beat: float
    """Seconds after which what is in hand must be kept again."""
    parked: int
    """Letters that may be kept beside those that are worked on; what is past it is found again by a listing."""

    def receive(self) -> Sequence[Letter]:
        """Some letters; waits a few seconds for the first. Raises `Outage`."""

    def delete(self, letters: Sequence[Letter]) -> None:
        """These are dealt with."""

    def keep(self, letters: Sequence[Letter]) -> None:
        """These are still worked on."""

    def give_back(self, letters: Sequence[Letter]) -> None:
        """These are to come again, in a minute or so."""

    def close(self) -> None:
        """No more is asked of it."""


class Post:
    """The letters in hand. `bell` is set when new ones have come."""

    def __init__(self, source: Source, bell: threading.Event) -> None:
        self._source = source
        self._bell = bell
        self._new: list[Letter] = []
        self._left: dict[Letter, int] = {}  # what is still to be done for each letter in hand
        self._parked: set[Letter] = set()
        self._ended: list[Letter] = []
        self._returned: list[Letter] = []
        self._telling: Future[None] | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._heard_nothing = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="post")
        self._threads = [
            threading.Thread(target=partial(keep_going, "events", self._receive, self._stop), name="post"),
            threading.Thread(target=self._keep, name="post keeper"),
        ]

    def start(self) -> None:
        """Begin to receive."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Receive no more, and give back what is in hand."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._pool.shutdown()
        self._telling = None
        self._tell(self._ended, [*self._returned, *self._left])
        self._source.close()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is in hand but what is parked, and the queue had nothing when it was last asked."""
        with self._lock:
            return self._heard_nothing and not self._left.keys() - self._parked

    def take(self) -> list[Letter]:
        """What has come since the last call."""
        with self._lock:
            new, self._new = self._new, []
        return new

    def put_back(self, letters: Sequence[Letter]) -> None:
        """These were taken and not looked at; the next call gives them again."""
        with self._lock:
            self._new = [*letters, *self._new]

    def split(self, letter: Letter, count: int) -> None:
        """It tells of so many objects, and is dealt with when they all are."""
        with self._lock:
            self._left[letter] = count
        if count == 0:
            self._end([letter])

    def flush(self) -> None:
        """Delete what is dealt with since the last call, and give back what can't be: many in one request."""
        if self._telling and not self._telling.done():
            return  # the queue is slow: what there is to tell is gathered meanwhile
        ended, self._ended = self._ended, []
        returned, self._returned = self._returned, []
        if ended or returned:
            self._telling = self._pool.submit(self._tell, ended, returned)

    def done(self, letters: Sequence[Letter | None]) -> None:
        """One object of each of these is dealt with."""
        ended = []
        with self._lock:
            for letter in letters:
                if letter is not None and letter in self._left:
                    self._left[letter] -= 1
                    ended += [letter] if self._left[letter] <= 0 else []
        self._end(ended)

    def later(self, letter: Letter | None) -> None:
        """It can't be dealt with now: it comes again, and is put aside by the queue if that helps nothing."""
        if letter is not None and self._forget([letter]):
            self._returned.append(letter)

    def park(self, letter: Letter | None) -> None:
        """Its object has to wait; it takes no room meanwhile."""
        if letter is None:
            return
        with self._lock:
            if letter not in self._left:
                return
            self._parked.add(letter)
            full = len(self._parked) > self._source.parked
        if full:
            self.done([letter])

    def _end(self, letters: Sequence[Letter]) -> None:
        self._forget(letters)
        self._ended += letters

    def _forget(self, letters: Sequence[Letter]) -> bool:
        with self._lock:
            known = [letter for letter in letters if self._left.pop(letter, None) is not None]
            self._parked.difference_update(letters)
        return bool(known)

    def _tell(self, ended: Sequence[Letter], returned: Sequence[Letter]) -> None:
        # What can't be told comes again, and is found to be dealt with.
        with suppress(PictureDayError):
            self._source.delete(ended)
        with suppress(PictureDayError):
            self._source.give_back(returned)

    def _receive(self) -> float:
        with self._lock:
            room = _ROOM - len(self._left) + len(self._parked)
        if room <= 0:
            return _FULL
        letters = self._source.receive()
        with self._lock:
            self._new += letters
            self._left |= dict.fromkeys(letters, 1)
            self._heard_nothing = not letters
        if letters:
            self._bell.set()
        return 0.0

    def _keep(self) -> None:
        while not self._stop.wait(self._source.beat):
            with self._lock:
                letters = list(self._left)
            for at in range(0, len(letters), _TOGETHER):
                with suppress(PictureDayError):  # the next beat may do; else they come again
                    self._source.keep(letters[at : at + _TOGETHER])
