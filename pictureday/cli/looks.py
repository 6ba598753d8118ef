"""Looking at quarantined photos: the list, one photo with its trail, its bytes. A look at one photo is on record."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pictureday.cli import parts
from pictureday.config import Settings
from pictureday.names import shown

if TYPE_CHECKING:
    from pictureday.catalogue import Catalogue

__all__ = ["export", "listed", "show"]

_COLUMNS = {
    "photo": 8,
    "vendor": 12,
    "delivery": 8,
    "file": 40,
    "student": 10,
    "school": 10,
    "since": 16,
    "reasons": 0,
}


def listed(args: argparse.Namespace, settings: Settings) -> int:
    """Print the photos in quarantine, oldest first."""
    from pictureday.catalogue import quarantine

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        entries = quarantine.entries(tx, vendor=args.vendor, school=args.school, reason=args.reason)
        _print_json(entries) if args.json else _print_table(entries, settings)
    return 0


def _print_json(entries: Iterable[dict[str, Any]]) -> None:
    # Written as it is read: a million entries need no more memory than one.
    sys.stdout.write("[")
    for number, entry in enumerate(entries):
        sys.stdout.write((",\n " if number else "\n ") + json.dumps(entry))
    sys.stdout.write("\n]\n")


def _print_table(entries: Iterable[dict[str, Any]], settings: Settings) -> None:
    from pictureday.cli.columns import print_rows

    count = print_rows(_COLUMNS, (_cells(entry, settings) for entry in entries))
    print(f"{count} in quarantine." if count else "The quarantine is empty.")


def _cells(entry: dict[str, Any], settings: Settings) -> tuple[str, ...]:
    return (
        str(entry["photo_id"]),
        shown(entry["vendor"]),
        str(entry["delivery"]),
        shown(entry["path"]),
        shown(entry["student_code"] or "-"),
        shown(entry["school_code"] or "-"),
        parts.local(settings, datetime.fromisoformat(entry["received_at"])),
        ", ".join(reason["code"] for reason in entry["reasons"]),
    )


def show(args: argparse.Namespace, settings: Settings) -> int:
    """Print one photo: its reasons, how to fix them, who decided what."""
    from pictureday.catalogue import audit, files
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
        print(f"{line['at']}  {shown(line['who'])}  {line['action']}  {shown(line['why'], longest=2000)}".rstrip())


def export(args: argparse.Namespace, settings: Settings) -> int:
    """Write one photo's delivered bytes to a file."""
    from pictureday.disk import write_whole

    with parts.catalogue(settings) as catalogue:
        row = _noted_export(catalogue, args)
        write_whole(args.to, parts.blobs(settings).read(row["sha256"], row["place"]), private=True)
    print(f"Photo {args.photo} was written to {shown(str(args.to))}, as it was delivered.")
    return 0


def _noted_export(catalogue: Catalogue, args: argparse.Namespace) -> dict[str, Any]:
    from pictureday.catalogue import audit, files
    from pictureday.errors import NotFoundError

    with catalogue.write() as tx:
        row = files.find(tx, args.photo)
        if row is None:
            raise NotFoundError(f"There is no photo {args.photo}.")
        audit.record(
            tx,
            who=parts.who(),
            action="export",
            why=args.why,
            file_id=row["id"],
            delivery_id=row["delivery_id"],
        )
    return row
