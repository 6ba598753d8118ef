"""The commands by name, and the parser of the whole command line.

A command's module is imported once the command is named: to load all of them takes longer than most take to run.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from pictureday.names import shown

__all__ = ["COMMANDS", "build_parser"]

# What each does, in the order of `--help`: first what a newcomer tries, then the pipeline, then its administration.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "see photos go from a vendor's folder to MiSiS",
        "run": "run the pipeline, all stages or some",
        "ingest": "run the first stage alone, or reconcile buckets",
        "check": "check photos before they are delivered",
        "sync": "bring accepted photos into MiSiS",
        "status": "show how many photos, deliveries and messages are where",
        "deliveries": "list deliveries, or show one file by file",
        "quarantine": "list, show, release, reject, retry or export quarantined photos",
        "parked": "list or replay messages that failed too often",
        "roster": "import or export the roster",
        "vendor": "register, list, activate or suspend vendors",
        "grant": "add, revoke or list principals' grants",
        "db": "upgrade the databases",
        "doctor": "check that every part is in place",
        "config": "print every setting in force",
    }
)


def build_parser(*, whole: bool = False) -> argparse.ArgumentParser:
    """The whole command line. The arguments of a command are added when it is named, or now where `whole`."""
    parser = _Parser(prog="pictureday", description="From the photographer to the student information system.")
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
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text)
        command.module = f"pictureday.cli.{name}"
        if whole:
            command.complete()
    return parser


class _Parser(argparse.ArgumentParser):
    """One command. `module` is where its arguments are; '' once they were added, and where there is no such module.

    It says what is wrong with an argument without printing the argument as it is.
    """

    module = ""

    def complete(self) -> None:
        """Let the module register itself: it adds the arguments and sets `run`."""
        if self.module:
            import_module(self.module).register(self)
            self.module = ""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As it always does; whoever named the command comes by here."""
        self.complete()
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Exit 2, with the message made printable."""
        super().error(shown(message, longest=1000))
