"""Sees what other processes said, and what has become due: one look for all queues of this process.

Were each consumer to look for itself, a pipeline with nothing to do would be kept busy by its own looks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pictureday.catalogue import Catalogue, held
from pictureday.log import get_logger
from pictureday.messages import Queue

__all__ = ["Lookout"]


class Lookout:
    """Calls `ring` for each watched queue in which there is something, every `seconds`, on a thread of its own.

    `lease` is how long a message is held, in seconds.
    """

    def __init__(self, catalogue: Catalogue, ring: Callable[[Queue], None], *, seconds: float, lease: float) -> None:
        self._catalogue = catalogue
        self._ring = ring
        self._seconds = seconds
        self._lease = lease
        self._watched: frozenset[Queue] = frozenset()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pictureday bus lookout", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def watch(self, queue: Queue) -> None:
        """Look at this one, too."""
        self._watched |= {queue}

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            for queue in self._found():
                self._ring(queue)

    def _found(self) -> set[Queue]:
        try:
            with self._catalogue.read() as tx:
                return held.waiting(tx, self._watched, seconds=self._lease)
        except Exception as error:  # noqa: BLE001 - the thread must live; whoever looks meets the same, and tells
            get_logger().debug("lookout_blind", trouble=type(error).__name__)
            return set(self._watched)
