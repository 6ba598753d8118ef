"""Keeps the leases of what this process has in hand, on a thread of its own.

A lease is a few seconds long and is renewed while the work goes on, so a dead process is noticed soon and a
slow photo is not taken for a dead process.
"""

from __future__ import annotations

import threading

from pictureday.catalogue import Catalogue, held
from pictureday.errors import Outage
from pictureday.log import get_logger

__all__ = ["Heart"]


class Heart:
    """Renews each held lease of `seconds` at a third of its time."""

    def __init__(self, catalogue: Catalogue, seconds: float) -> None:
        self.seconds = seconds
        self._catalogue = catalogue
        self._held: dict[int, str] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pictureday bus heart", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def close(self) -> None:
        """Stop; what is still held is left to run out."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def hold(self, message_id: int, owner: str) -> None:
        """Renew this lease from now on."""
        with self._lock:
            self._held[message_id] = owner

    def drop(self, message_id: int, owner: str) -> None:
        """Renew it no more. The same message may be held again by a later owner, which stays."""
        with self._lock:
            if self._held.get(message_id) == owner:
                del self._held[message_id]

    def _run(self) -> None:
        while not self._stop.wait(self.seconds / 3):
            with self._lock:
                owners = dict(self._held)
            if owners:
                self._renew(owners)

    def _renew(self, owners: dict[int, str]) -> None:
        try:
            with self._catalogue.write(fleeting=True) as tx:
                held.renew(tx, owners, seconds=self.seconds)
        except Outage:
            pass  # whoever handles the message meets the same outage, and says so
        except Exception as error:  # noqa: BLE001 - the next beat may well do; the thread must live
            get_logger().error("lease_not_renewed", error=type(error).__name__)
