"""Loops that never give up: what every long-running part of a stage is run by."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pictureday.errors import FatalError, PictureDayError
from pictureday.log import get_logger
from pictureday.pause import Pause

__all__ = ["Patience", "keep_going"]


class Patience:
    """Failures in a row of one part: how long to wait after each, in seconds, and what is logged.

    A trouble is logged when it begins and when it ends, not each time it is met.
    """

    def __init__(self, name: str, *, first: float = 0.5, most: float = 30.0) -> None:
        self._name = name
        self._pause = Pause(first, most)
        self._failures = 0
        self._told = ""

    def failed(self, error: Exception) -> float:
        """Note a failure; returns the seconds to wait."""
        self._failures += 1
        if str(error) != self._told:
            self._told = str(error)
            known = isinstance(error, PictureDayError)
            get_logger().error("part_stopped", part=self._name, trouble=self._told, exc_info=None if known else error)
        return self._pause.next()

    def worked(self) -> None:
        """Note a success."""
        if self._failures:
            get_logger().info("part_resumed", part=self._name, failures=self._failures)
        self._failures, self._told = 0, ""
        self._pause.reset()


def keep_going(name: str, step: Callable[[], float], stop: threading.Event) -> None:
    """Call `step` until `stop`; it returns how long to wait for the next (seconds). Errors make it wait longer.

    A `FatalError` ends the loop: the process must be restarted.
    """
    patience = Patience(name)
    while not stop.is_set():
        try:
            wait = step()
            patience.worked()
        except FatalError:
            raise
        except Exception as error:  # noqa: BLE001 - the last resort: a bug here must not end the stage
            wait = patience.failed(error)
        stop.wait(wait)
