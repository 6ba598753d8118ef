"""`pictureday grant`: which vendor may deliver photos for which school, on whose word."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import Any

from pictureday.cli import parts
from pictureday.config import Settings

__all__ = ["register"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its actions."""
    parser.description = __doc__
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = _pair(_action(actions, "add", _add, "let a vendor deliver for a school"))
    add.add_argument("--by", type=parts.words, required=True, metavar="WHO", help="the principal who grants it")
    revoke = _pair(_action(actions, "revoke", _revoke, "take a grant back; what was accepted stays accepted"))
    revoke.add_argument("--by", type=parts.words, metavar="WHO", help="who takes it back (default: you)")
    listing = _action(actions, "list", _list, "list the grants in force")
    listing.add_argument("--vendor", type=parts.words, help="only of this vendor")
    listing.add_argument("--school", type=parts.words, metavar="CODE", help="only for this school")
    listing.add_argument("--all", action="store_true", help="the revoked ones too")
    listing.add_argument("--json", action="store_true", help="print a JSON array")


def _action(actions: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _pair(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("vendor", type=parts.words, help="the vendor's name")
    parser.add_argument("school", type=parts.words, help="the school's code in the roster")
    return parser


def _add(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import grants

    with parts.catalogue(settings) as catalogue, catalogue.write() as tx:
        again = grants.add(tx, args.vendor, args.school, by=args.by, who=parts.who())
    print(f"{args.vendor} may deliver for school {args.school}.{parts.judged_again(again)}")
    return 0


def _revoke(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import grants

    with parts.catalogue(settings) as catalogue, catalogue.write() as tx:
        grants.revoke(tx, args.vendor, args.school, by=args.by or parts.who(), who=parts.who())
    print(f"{args.vendor} may no longer deliver for school {args.school}. What was accepted stays accepted.")
    return 0


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import grants

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        rows = grants.list_all(tx, vendor=args.vendor, school_code=args.school, revoked=args.all)
    if args.json:
        print(json.dumps([{name: _plain(value) for name, value in row.items()} for row in rows], indent=1))
    elif rows:
        _print_table(rows, settings)
    else:
        print("There are no such grants; `pictureday grant add` records one.")
    return 0


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _print_table(rows: list[dict[str, Any]], settings: Settings) -> None:
    from rich.table import Table
    from rich.text import Text

    from pictureday.names import shown

    table = Table("vendor", "school", "name", "granted by", "since", "revoked", box=None, pad_edge=False)
    for row in rows:
        since, until = (parts.local(settings, row[name]) for name in ("granted_at", "revoked_at"))
        revoked = f"{until} by {row['revoked_by']}" if until else ""
        cells = (row["vendor"], row["school_code"], row["school"], row["granted_by"], since, revoked)
        table.add_row(*(Text(shown(cell)) for cell in cells))
    parts.console().print(table)
