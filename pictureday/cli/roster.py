"""`pictureday roster`: which students there are, in and out."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pictureday.cli import parts
from pictureday.config import Settings
from pictureday.names import shown

if TYPE_CHECKING:
    from pictureday.roster import Imported

__all__ = ["register"]

_COLUMNS = {"student": 10, "name": 24, "grade": 5, "school": 10, "status": 30, "since": 10, "why": 0}


def register(parser: argparse.ArgumentParser) -> None:
    """Add its actions."""
    parser.description = __doc__
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    load = actions.add_parser("import", help="import a folder of CSV files", description=_import.__doc__)
    load.add_argument("folder", type=Path, metavar="DIR", help="OneRoster 1.1 or 1.2 CSV, or plain CSV")
    load.add_argument("--force", action="store_true", help="even if it drops many students")
    load.add_argument("--json", action="store_true", help="print the counts as a JSON object")
    load.set_defaults(run=_import)
    give = actions.add_parser("export", help="list students and where their photos stand", description=_export.__doc__)
    give.add_argument("--school", type=parts.words, metavar="CODE", help="only of this school")
    give.add_argument("--csv", action="store_true", help="CSV that is safe to open in a spreadsheet")
    give.set_defaults(run=_export)


def _import(args: argparse.Namespace, settings: Settings) -> int:
    """Make the CSV files in DIR the roster; all of it or, where anything is wrong, nothing."""
    from pictureday.roster import import_roster, read_roster

    with _busy(f"Reading {args.folder} …"):
        roster = read_roster(args.folder, settings.roster)
    with parts.catalogue(settings) as catalogue, _busy("Importing …"), catalogue.write() as tx:
        done = import_roster(tx, roster, most_dropped=settings.roster.most_dropped, who=parts.who(), force=args.force)
    print(json.dumps(asdict(done)) if args.json else _told(done))
    return 0


def _busy(what: str) -> AbstractContextManager[Any]:
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.text import Text

    return parts.console(stderr=True).status(Text(shown(what)))


def _told(done: Imported) -> str:
    students = ", ".join(f"{count:,} {name}" for name, count in done.students.items())
    contacts = "" if done.contacts is None else f" {done.contacts:,} contacts."
    again = parts.judged_again(done.judged_again)
    return f"Imported {done.format}: {students}. {done.schools:,} schools.{contacts}{again}"


def _export(args: argparse.Namespace, settings: Settings) -> int:
    """List the enrolled students with the status of their photos, as the portal shows it."""
    from pictureday.roster import HEADER, check_school, export_rows
    from pictureday.sheet import write_rows

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        if args.school is not None:
            check_school(tx, args.school)
        rows = export_rows(tx, args.school, settings.district.zone)
        write_rows(_csv_stream(), HEADER, rows) if args.csv else _print_table(rows)
    return 0


def _csv_stream() -> Any:
    # CRLF as the format wants it, and UTF-8 whatever the terminal's language is.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def _print_table(rows: Iterable[Sequence[str]]) -> None:
    from pictureday.cli.columns import print_rows

    if not print_rows(_COLUMNS, (tuple(map(shown, row[:7])) for row in rows)):
        print("There are no students; `pictureday roster import` adds them.")
