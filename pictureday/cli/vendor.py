"""`pictureday vendor`: the photography companies, one inbox each."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from pictureday.cli import parts
from pictureday.config import Settings

__all__ = ["register"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its actions."""
    parser.description = __doc__
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = _action(actions, "add", _add, "register a vendor; it is pending until it is activated")
    add.add_argument(
        "name", type=parts.words, help="the name of its folder: lower-case letters, digits, dots, dashes, underscores"
    )
    add.add_argument("--title", type=parts.words, default="", help="its name for people")
    add.add_argument("--email", default="", help="where it can be reached")
    add.add_argument("--active", action="store_true", help="activate it at once")
    listing = _action(actions, "list", _list, "list all vendors and their state")
    listing.add_argument("--json", action="store_true", help="print a JSON array")
    _action(actions, "activate", _activate, "let a vendor deliver").add_argument("name", type=parts.words)
    _action(actions, "suspend", _suspend, "take nothing more of a vendor").add_argument("name", type=parts.words)


def _action(actions: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import vendors
    from pictureday.errors import UserError
    from pictureday.mail import is_address

    if args.email and not is_address(args.email):
        raise UserError("--email is no plain e-mail address.", fix="Write it like lab@vendor.example.")
    with parts.catalogue(settings) as catalogue, catalogue.write() as tx:
        state = vendors.add(tx, args.name, who=parts.who(), title=args.title, email=args.email, active=args.active)
    more = "" if args.active else f" `pictureday vendor activate {args.name}` lets it deliver."
    print(f"The vendor {args.name} is {state}.{more}")
    for inbox in settings.inboxes:
        print(_in_bucket(str(inbox.events.place), args.name) if inbox.events else _made_folders(inbox.root / args.name))
    return 0


def _made_folders(folder: Path) -> str:
    """Make a vendor's folders, as the design lays them out; the sentence that says where it may drop its photos."""
    try:
        for name in ("inbox", "receipts"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        # Under sshd the folders belong to root and the vendor; deploy/sshd has a script that makes them.
        return f"The folder {folder} could not be made ({error.strerror}); deploy/sshd/add-vendor.sh makes it as root."
    return f"It drops its photos into {folder / 'inbox'} and finds its receipts in {folder / 'receipts'}."


def _in_bucket(place: str, name: str) -> str:
    return (
        f"It drops its photos into {place}/{name}/inbox/ and finds its receipts in {place}/{name}/receipts/;"
        " deploy/aws gives it the right to."
    )


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import vendors

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        rows = vendors.list_all(tx)
    if args.json:
        print(json.dumps([{**row, "created_at": row["created_at"].isoformat()} for row in rows], indent=1))
    elif rows:
        _print_table(rows, settings)
    else:
        print("There are no vendors yet; `pictureday vendor add` registers one.")
    return 0


def _print_table(rows: list[dict[str, Any]], settings: Settings) -> None:
    from rich.table import Table
    from rich.text import Text

    from pictureday.names import shown

    table = Table("vendor", "title", "e-mail", "state", "since", box=None, pad_edge=False)
    for row in rows:
        cells = (row["name"], row["title"], row["email"], row["state"], parts.local(settings, row["created_at"]))
        table.add_row(*(Text(shown(cell)) for cell in cells))
    parts.console().print(table)


def _activate(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import vendors

    with parts.catalogue(settings) as catalogue, catalogue.write() as tx:
        again = vendors.activate(tx, args.name, who=parts.who())
    print(f"The vendor {args.name} is active.{parts.judged_again(again)}")
    return 0


def _suspend(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import vendors

    with parts.catalogue(settings) as catalogue, catalogue.write() as tx:
        vendors.suspend(tx, args.name, who=parts.who())
    print(f"The vendor {args.name} is suspended. Its inbox stays as it is; what was accepted stays accepted.")
    return 0
