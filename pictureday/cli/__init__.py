"""The command line: `pictureday …`. Names, output and exit codes are a contract (design, section 3).

Results go to stdout, logs and progress to stderr. Exit 0: done, nothing to fix; 1: something needs
attention or could not be done; 2: wrong usage or settings. A command imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence

from pictureday.cli.commands import COMMANDS, build_parser
from pictureday.errors import PictureDayError, UserError
from pictureday.names import shown

__all__ = ["COMMANDS", "build_parser", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    _print_anything()
    args = build_parser().parse_args(argv)
    try:
        return _run(args)
    except UserError as error:
        return _told(error, 2)
    except PictureDayError as error:
        return _told(error, 1)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader had enough, as in `| head`
        sys.stderr.close()
        return 0


def _print_anything() -> None:
    # A terminal whose encoding lacks a student's letters gets them escaped instead of a traceback.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _told(error: PictureDayError, code: int) -> int:
    for line in str(error).split("\n"):
        print(shown(line, longest=2000), file=sys.stderr)
    return code


def _run(args: argparse.Namespace) -> int:
    from pictureday import config, log

    log.set_up(level=args.log_level)
    settings = config.load(args.config)
    code: int = args.run(args, settings)
    return code
