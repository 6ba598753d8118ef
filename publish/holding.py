"""Keeping a mail in hand while it is on its way, so that no other process sends it at the same time.

The hold is a few seconds long and is renewed as long as the mail server takes: whoever was killed is followed soon,
and a slow server is not taken for a dead sender.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from pictureday.catalogue import Catalogue, mails
from pictureday.clock import Clock
from pictureday.errors import Outage

__all__ = ["SECONDS", "held"]

SECONDS = 5.0  # how long the mail of a killed sender waits


@contextmanager
def held(mail_id: int, catalogue: Catalogue, clock: Clock) -> Iterator[None]:
    """Keep the claimed mail in hand until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(target=_keep, args=(mail_id, catalogue, clock, ended), name="mail hold", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()  # a hold that came after the mail's end would overwrite when it is due


def _keep(mail_id: int, catalogue: Catalogue, clock: Clock, ended: threading.Event) -> None:
    while not ended.wait(SECONDS / 3):
        # Whoever sends meets the same outage when it writes down how the mail ended, and says so.
        with suppress(Outage), catalogue.write() as tx:
            mails.hold(tx, mail_id, until=clock.now() + timedelta(seconds=SECONDS))
