"""`pictureday run`: all stages in one process, or some."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from pictureday.config import Settings

if TYPE_CHECKING:
    from pictureday.catalogue import Catalogue

__all__ = ["STAGES", "register", "run", "waited_for"]

STAGES = ("ingest", "validate", "publish", "sync")


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    parser.add_argument(
        "--stage",
        action="append",
        choices=STAGES,
        metavar="S",
        help=f"only this stage; may be given again ({', '.join(STAGES)})",
    )
    parser.add_argument(
        "--until-idle", action="store_true", help="end when nothing is left to take, judge, tell or close"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C, or until idle; what is in hand is finished first."""
    from pictureday.cli.supervisor import Supervisor
    from pictureday.tuning import tune

    catalogue = waited_for(settings)
    try:
        supervisor = Supervisor(settings, catalogue, stages=args.stage or STAGES)
        tune()
        return supervisor.run(until_idle=args.until_idle)
    finally:
        catalogue.close()


def waited_for(settings: Settings) -> Catalogue:
    """The catalogue; a pipeline that starts before its database, as after a power cut, waits for it."""
    from pictureday.catalogue import Catalogue
    from pictureday.errors import Outage
    from pictureday.loops import Patience

    patience = Patience("catalogue")
    while True:
        try:
            opened = Catalogue.open(settings.catalogue.url, upgrade=settings.catalogue.url.startswith("sqlite"))
        except Outage as outage:
            time.sleep(patience.failed(outage))
        else:
            patience.worked()
            return opened
