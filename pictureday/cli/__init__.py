"""The command line: `pictureday …`. Names, output and exit codes are a contract (design, section 3).

Results go to stdout, logs and progress to stderr. Exit 0: done, nothing to fix; 1: something needs
attention or could not be done; 2: wrong usage or settings. A command imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from pictureday.errors import PictureDayError, UserError

__all__ = ["COMMANDS", "build_parser", "main"]

# In the order of `--help`: first what a newcomer tries, then the pipeline, then its administration.
COMMANDS = (
    "demo",
    "run",
    "ingest",
    "check",
    "sync",
    "status",
    "deliveries",
    "quarantine",
    "parked",
    "roster",
    "vendor",
    "grant",
    "db",
    "doctor",
    "config",
)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; each command's module registers itself and sets `run`."""
    parser = argparse.ArgumentParser(
        prog="pictureday", description="From the photographer to the student information system."
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the settings file (default: ./pictureday.toml, if there is one)"
    )
    parser.add_argument(
        "--log-level",
        default="info",
        choices=["debug", "info", "warning", "error"],
        help="how much is logged to stderr",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"pictureday.cli.{name}").register(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    args = build_parser().parse_args(argv)
    try:
        return _run(args)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except PictureDayError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader had enough, as in `| head`
        sys.stderr.close()
        return 0


def _run(args: argparse.Namespace) -> int:
    from pictureday import config, log

    log.set_up(level=args.log_level)
    settings = config.load(args.config)
    code: int = args.run(args, settings)
    return code
