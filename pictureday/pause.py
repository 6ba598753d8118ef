"""How long to wait before trying again: longer each time, and never in step with others."""

from __future__ import annotations

import random

__all__ = ["Pause", "grown"]


def grown(first: float, most: float, times: int) -> float:
    """`first` seconds, doubled `times` times, `most` at most."""
    return min(most, first * 2.0 ** min(times, 30))


class Pause:
    """A wait in seconds that doubles from `first` to `most`, until `reset`."""

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._times = 0

    def next(self) -> float:
        """The next wait; up to a half is left off at random, so that many don't come back at once."""
        wait = grown(self._first, self._most, self._times)
        self._times += 1
        return wait * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It works again: the next wait is short."""
        self._times = 0
