"""The parts a command needs, opened from the settings and closed again."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pictureday.config import Settings
from pictureday.names import shown

if TYPE_CHECKING:
    from rich.console import Console

    from pictureday.blobs import Blobs
    from pictureday.catalogue import Catalogue

__all__ = ["blobs", "catalogue", "console", "judged_again", "local", "number", "who", "words"]

_MOST = 2**63 - 1  # what a database can count to


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
    try:
        return shown(os.environ.get("SUDO_USER") or getpass.getuser())
    except (KeyError, OSError):  # a user without a name, as in a container
        return f"user {os.getuid()}"


def number(text: str) -> int:
    """The number of a photo, a delivery or a message, as argparse takes it."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _MOST):
        raise argparse.ArgumentTypeError(f"{shown(text, longest=40)} is no number of ours")
    return int(text)


def words(text: str) -> str:
    """What somebody typed, as argparse takes it: made printable, for it goes into the catalogue and comes out again."""
    return shown(text, longest=2000)


def judged_again(count: int) -> str:
    """A sentence about photos that a change lets judge again, with a space in front; '' where there are none."""
    if not count:
        return ""
    photos = "photo is" if count == 1 else "photos are"
    return f" {count:,} quarantined {photos} judged again while `pictureday run` runs."
