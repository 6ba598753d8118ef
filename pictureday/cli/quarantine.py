"""`pictureday quarantine`: what is held back, and what becomes of it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pictureday.config import Settings

if TYPE_CHECKING:
    from pictureday.catalogue import Catalogue

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its actions."""
    parser = commands.add_parser(
        "quarantine", help="list, show, release, reject, retry or export quarantined photos", description=__doc__
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = _action(actions, "list", _list, "list the photos in quarantine, oldest first")
    for name in ("vendor", "school", "reason"):
        listing.add_argument(f"--{name}", help=f"only of this {name}")
    listing.add_argument("--json", action="store_true", help="print a JSON array")
    show = _action(actions, "show", _show, "show one photo: its reasons, how to fix them, who decided what")
    show.add_argument("photo", type=int)
    show.add_argument("--json", action="store_true", help="print a JSON object")
    release = _deciding(_action(actions, "release", _release, "accept a photo in spite of its reasons"))
    release.add_argument("--student", metavar="CODE", help="whose photo it is, where its name doesn't say")
    _deciding(_action(actions, "reject", _reject, "say for good that a photo is not used"), many=True)
    _deciding(
        _action(actions, "retry", _retry, "judge photos again by the rules, roster and grants of now"),
        many=True,
        why=False,
    )
    export = _action(actions, "export", _export, "write a photo's delivered bytes to a file")
    export.add_argument("photo", type=int)
    export.add_argument("--to", type=Path, required=True, metavar="FILE")
    export.add_argument("--why", default="", help="for the audit trail")


def _action(actions: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _deciding(parser: argparse.ArgumentParser, *, many: bool = False, why: bool = True) -> argparse.ArgumentParser:
    parser.add_argument("photo", type=int, nargs="+" if many else None, help="the number that `list` shows")
    parser.add_argument("--why", required=why, default="", help="the reason, for the audit trail")
    parser.add_argument("--who", help="who decides (default: you)")
    return parser


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import quarantine
    from pictureday.cli import parts

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        entries = quarantine.entries(tx, vendor=args.vendor, school=args.school, reason=args.reason)
        _print_json(entries) if args.json else _print_table(entries, settings)
    return 0


def _print_json(entries: Any) -> None:
    # Written as it is read: a million entries need no more memory than one.
    sys.stdout.write("[")
    for number, entry in enumerate(entries):
        sys.stdout.write((",\n " if number else "\n ") + json.dumps(entry))
    sys.stdout.write("\n]\n")


def _print_table(entries: Any, settings: Settings) -> None:
    from datetime import datetime

    from rich.table import Table
    from rich.text import Text

    from pictureday.cli import parts
    from pictureday.names import shown

    table = Table(
        "photo", "vendor", "delivery", "file", "student", "school", "reasons", "since", box=None, pad_edge=False
    )
    for entry in entries:
        since = parts.local(settings, datetime.fromisoformat(entry["received_at"]))
        cells = (
            entry["photo_id"],
            entry["vendor"],
            entry["delivery"],
            shown(entry["path"]),
            entry["student_code"] or "-",
        )
        row = (*cells, entry["school_code"] or "-", ", ".join(reason["code"] for reason in entry["reasons"]), since)
        table.add_row(*(Text(str(cell)) for cell in row))
    if table.row_count:
        parts.console().print(table)
    print(f"{table.row_count} in quarantine." if table.row_count else "The quarantine is empty.")


def _show(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import audit, files
    from pictureday.cli import parts
    from pictureday.errors import NotFoundError

    with parts.catalogue(settings) as catalogue, catalogue.write() as tx:
        row = files.find(tx, args.photo)
        if row is None:
            raise NotFoundError(f"There is no photo {args.photo}.")
        audit.record(tx, who=parts.who(), action="look", file_id=row["id"], delivery_id=row["delivery_id"])
        seen = _seen(row, audit.of_file(tx, row["id"]), settings)
    print(json.dumps(seen, indent=2)) if args.json else _print_photo(seen)
    return 0


def _seen(row: dict[str, Any], trail: list[dict[str, Any]], settings: Settings) -> dict[str, Any]:
    from pictureday.catalogue import files
    from pictureday.cli import parts

    return {
        "photo_id": row["id"],
        "state": row["state"],
        "vendor": row["vendor"],
        "delivery": row["delivery_id"],
        "path": row["path"],
        "student_code": row["student_code"],
        "school_code": row["school_code"],
        "bytes": row["bytes"],
        "width": row["width"],
        "height": row["height"],
        "received_at": row["received_at"].isoformat(),
        "reasons": [finding.as_told() for finding in files.findings_of(row)],
        "trail": [
            {"at": parts.local(settings, line["at"]), "who": line["who"], "action": line["action"], "why": line["why"]}
            for line in trail
        ],
    }


def _print_photo(seen: dict[str, Any]) -> None:
    from pictureday.names import shown

    for name in (
        "photo_id",
        "state",
        "vendor",
        "delivery",
        "path",
        "student_code",
        "school_code",
        "bytes",
        "received_at",
    ):
        print(f"{name:>14}  {shown(str(seen[name] if seen[name] is not None else '-'))}")
    for reason in seen["reasons"]:
        print(f"\n{reason['code']}\n  {reason['message']}\n  {reason['fix']}")
    print()
    for line in seen["trail"]:
        print(f"{line['at']}  {shown(line['who'])}  {line['action']}  {shown(line['why'])}".rstrip())


def _release(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.cli import parts
    from publish.quarantine import release

    with parts.catalogue(settings) as catalogue:
        state = release(catalogue, args.photo, _decision(args), student=args.student)
    told = {"accepted": "It goes into MiSiS tonight.", "superseded": "A newer photo of the student is in force."}
    print(f"Photo {args.photo} is {state}. {told.get(state, '')}".strip())
    return 0


def _reject(args: argparse.Namespace, settings: Settings) -> int:
    from publish.quarantine import reject

    return _many(args, settings, reject, "rejected")


def _retry(args: argparse.Namespace, settings: Settings) -> int:
    from publish.quarantine import retry

    return _many(
        args,
        settings,
        retry,
        "to be judged again; the verdict appears within seconds while `pictureday run` is running",
    )


def _many(args: argparse.Namespace, settings: Settings, act: Any, done: str) -> int:
    from pictureday.cli import parts

    with parts.catalogue(settings) as catalogue:
        count = act(catalogue, args.photo, _decision(args))
    print(f"{count} {'photo' if count == 1 else 'photos'} {done}.")
    return 0


def _decision(args: argparse.Namespace) -> Any:
    from pictureday.cli import parts
    from publish.quarantine import Decision

    return Decision(who=args.who or parts.who(), why=args.why)


def _export(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.cli import parts
    from pictureday.disk import write_whole

    with parts.catalogue(settings) as catalogue:
        sha256 = _noted_export(catalogue, args)
        write_whole(args.to, parts.blobs(settings).read(sha256))
    print(f"Photo {args.photo} was written to {args.to}, as it was delivered.")
    return 0


def _noted_export(catalogue: Catalogue, args: argparse.Namespace) -> str:
    from pictureday.catalogue import audit, files
    from pictureday.cli import parts
    from pictureday.errors import NotFoundError

    with catalogue.write() as tx:
        row = files.find(tx, args.photo)
        if row is None:
            raise NotFoundError(f"There is no photo {args.photo}.")
        audit.record(
            tx, who=parts.who(), action="export", why=args.why, file_id=row["id"], delivery_id=row["delivery_id"]
        )
    return str(row["sha256"])
