"""`pictureday db upgrade`: bring the catalogue's tables, and the MiSiS store's, up to this version."""

from __future__ import annotations

import argparse

from pictureday.config import Settings

__all__ = ["register", "upgrade"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    one = actions.add_parser("upgrade", help="make missing tables, run missing migrations", description=__doc__)
    one.set_defaults(run=upgrade)


def upgrade(_args: argparse.Namespace, settings: Settings) -> int:
    """Upgrade both databases; does nothing where they are up to date."""
    from pictureday.catalogue import Catalogue
    from pictureday.catalogue.engine import shown_url
    from sync import MisisStore

    Catalogue.open(settings.catalogue.url).close()
    print(f"The catalogue {shown_url(settings.catalogue.url)} is up to date.")
    MisisStore.open(settings.misis.url).close()
    print(f"The MiSiS store {shown_url(settings.misis.url)} is up to date.")
    return 0
