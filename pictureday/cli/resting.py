"""Lets go of what takes memory, once nobody has needed it for a while: it is made again when it is needed again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Resting"]


class Resting:
    """Calls `release` when nobody was at work for `after` seconds; not again before somebody was.

    `at_work` is for any thread, `tick` for one that calls it again and again.
    """

    def __init__(
        self, release: Callable[[], None], *, after: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._release = release
        self._after = after
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._busy = 0
        self._since: float | None = None  # when the last one ended; None where there is nothing to release

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Nothing is released within this block; whoever comes while something is, waits."""
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1
                self._since = self._monotonic()

    def tick(self) -> float:
        """Release what nobody needed for so long; returns the seconds until it is worth while to come again."""
        with self._lock:
            if self._busy or self._since is None:
                return self._after
            left = self._since + self._after - self._monotonic()
            if left > 0:
                return left
            self._release()
            self._since = None
            return self._after
