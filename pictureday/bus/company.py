"""Who shares a process: what ends it, ends it for every message in hand, and counts against all of them.

So a message that was met before is tried with no other in hand: dying of it again costs no neighbour a try.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["PROCESS", "Company"]

_PATIENCE = 10.0  # seconds; a neighbour that stands still longer must not hold up the rest


class Company:
    """Hands at work side by side, or one of them alone."""

    def __init__(self, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._condition = threading.Condition()
        self._busy = 0
        self._alone = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """A turn, in which a message may be taken; does not begin while another hand is alone."""
        with self._condition:
            self._condition.wait_for(lambda: not self._alone)
            self._busy += 1
        try:
            yield
        finally:
            with self._condition:
                self._busy -= 1
                self._condition.notify_all()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Within a turn: wait for the others to end theirs. False: another hand is, or is to be: end yours."""
        with self._condition:
            granted = not self._alone
            if granted:
                self._alone = True
                self._condition.wait_for(lambda: self._busy == 1, self._patience)
        try:
            yield granted
        finally:
            if granted:
                with self._condition:
                    self._alone = False
                    self._condition.notify_all()


PROCESS = Company()  # a process dies as a whole, whatever queues its hands serve
