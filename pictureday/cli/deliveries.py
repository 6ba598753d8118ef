"""`pictureday deliveries`: what vendors dropped, and what became of each file."""

from __future__ import annotations

import argparse
import json
from typing import Any

from pictureday.cli import parts
from pictureday.config import Settings

__all__ = ["register", "run"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    parser.add_argument("id", nargs="?", type=parts.number, help="one delivery's number")
    parser.add_argument(
        "--last", type=int, default=50, metavar="N", help="how many to list, the newest first (default 50)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """List, or show one."""
    return _list(args, settings) if args.id is None else _show(args, settings)


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import listing

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        rows = listing.newest(tx, args.last)
    if args.json:
        print(json.dumps([_json(row) for row in rows], indent=2))
    else:
        _print_list(rows, settings)
    return 0


def _json(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: row[name].isoformat() if row[name] else None for name in ("opened_at", "closed_at", "told_at")}
    plain = {name: row[name] for name in ("vendor", "kind", "name", "state", "pending", "files")}
    return {"delivery": row["id"], **plain, **times, "reasons": [stored["code"] for stored in row["findings"]]}


def _print_list(rows: list[dict[str, Any]], settings: Settings) -> None:
    from rich.table import Table
    from rich.text import Text

    from pictureday.names import shown

    table = Table("delivery", "vendor", "kind", "name", "state", "opened", "files", box=None, pad_edge=False)
    for row in rows:
        counts = ", ".join(f"{count:,} {state}" for state, count in row["files"].items())
        cells = (
            row["id"],
            row["vendor"],
            row["kind"],
            shown(row["name"]) or "-",
            row["state"],
            parts.local(settings, row["opened_at"]),
            counts,
        )
        table.add_row(*(Text(str(cell)) for cell in cells))
    parts.console().print(table) if rows else print(
        "No deliveries yet. Vendors drop them into <inbox>/<vendor>/inbox/."
    )


def _show(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import deliveries, files, listing
    from pictureday.errors import NotFoundError

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        row = deliveries.find(tx, args.id)
        if row is None:
            raise NotFoundError(f"There is no delivery {args.id}.", fix="`pictureday deliveries` lists them.")
        counted = row | {"files": listing.counts(tx, [args.id]).get(args.id, {})}
        rows = files.of_delivery(tx, args.id)
    if args.json:
        print(json.dumps(_json(counted) | {"list": [_file(one) for one in rows]}, indent=2))
    else:
        _print_list([counted], settings)
        _print_files(rows)
    return 0


def _file(row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: row[name] for name in ("path", "state", "student_code", "school_code", "bytes", "sha256")}
    return {"photo_id": row["id"], **plain, "reasons": [stored["code"] for stored in row["findings"]]}


def _print_files(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from pictureday.names import shown

    table = Table("photo", "file", "state", "student", "school", "reasons", box=None, pad_edge=False)
    for row in rows:
        reasons = ", ".join(stored["code"] for stored in row["findings"])
        cells = (
            row["id"],
            shown(row["path"]),
            row["state"],
            row["student_code"] or "-",
            row["school_code"] or "-",
            reasons,
        )
        table.add_row(*(Text(str(cell)) for cell in cells))
    parts.console().print(table)
