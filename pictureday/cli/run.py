"""`pictureday run`: all stages in one process, or some."""

from __future__ import annotations

import argparse

from pictureday.config import Settings

__all__ = ["STAGES", "register", "run"]

STAGES = ("ingest", "validate", "publish", "sync")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("run", help="run the pipeline, all stages or some", description=__doc__)
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
    from pictureday.cli import parts
    from pictureday.cli.supervisor import Supervisor

    with parts.catalogue(settings) as catalogue:
        supervisor = Supervisor(settings, catalogue, stages=args.stage or STAGES)
        return supervisor.run(until_idle=args.until_idle)
