"""The parts a command needs, opened from the settings and closed again."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pictureday.config import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from pictureday.blobs import Blobs
    from pictureday.catalogue import Catalogue

__all__ = ["blobs", "catalogue", "console", "judged_again", "local", "who"]


@contextmanager
def catalogue(settings: Settings) -> Iterator[Catalogue]:
    """The catalogue, brought up to date if it is ours alone (SQLite), else checked."""
    from pictureday.catalogue import Catalogue

    opened = Catalogue.open(settings.catalogue.url, upgrade=settings.catalogue.url.startswith("sqlite"))
    try:
        yield opened
    finally:
        opened.close()


def blobs(settings: Settings) -> Blobs:
    """The blobs."""
    from pictureday.blobs import connect

    return connect(settings.blobs.url)


def console(*, stderr: bool = False) -> Console:
    """Where tables are printed: as wide as the terminal, at least 100 columns where there is none."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 140, soft_wrap=False)


def local(settings: Settings, moment: object) -> str:
    """A stored time as the district's clock shows it."""
    from datetime import datetime

    return f"{moment.astimezone(settings.district.zone):%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else ""


def who() -> str:
    """Who is at the keyboard, for the audit trail: the user behind sudo, not root."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def judged_again(count: int) -> str:
    """A sentence about photos that a change lets judge again, with a space in front; '' where there are none."""
    if not count:
        return ""
    photos = "photo is" if count == 1 else "photos are"
    return f" {count:,} quarantined {photos} judged again while `pictureday run` runs."
