"""`pictureday status`: where everything is, at a glance."""

from __future__ import annotations

import argparse
import json
from typing import Any

from pictureday.config import Settings
from pictureday.names import shown

__all__ = ["register", "run"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print the counts; exit 1 where something waits for a person (parked messages, refused mails)."""
    from pictureday.catalogue import listings, notices, overview
    from pictureday.cli import parts

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        found: dict[str, Any] = {
            "photos": overview.photos_by_state(tx),
            "deliveries": overview.deliveries_by_state(tx),
            "queues": overview.queues(tx),
            "mails": overview.mails_by_state(tx),
            "last_sync": overview.last_night(tx),
            "buckets": listings.list_all(tx),
            "notices": [notice["text"] for notice in notices.untold(tx)],
        }
    print(json.dumps(found, indent=2, default=str)) if args.json else _print(found, settings)
    return 1 if found["queues"]["parked"] or found["mails"]["refused"] else 0


def _print(found: dict[str, Any], settings: Settings) -> None:
    for title in ("photos", "deliveries", "queues", "mails"):
        counts = ", ".join(f"{count:,} {name}" for name, count in found[title].items() if count) or "none"
        print(f"{title:>10}  {counts}")
    print(f"{'last sync':>10}  {_night(found['last_sync'], settings)}")
    for bucket in found["buckets"]:
        print(f"{'bucket':>10}  {_listed(bucket, settings)}")
    for notice in found["notices"]:
        print(f"{'notice':>10}  {shown(notice, longest=1000)}")


def _listed(bucket: dict[str, Any], settings: Settings) -> str:
    from pictureday.cli import parts

    if bucket["ended_at"] is None:
        return f"{bucket['inbox']} was not listed yet"
    when = parts.local(settings, bucket["ended_at"])
    return f"{bucket['inbox']} listed {when}: {bucket['seen']:,} objects, {bucket['found']:,} new"


def _night(night: dict[str, Any] | None, settings: Settings) -> str:
    from datetime import datetime

    from pictureday.cli import parts

    if night is None:
        return f"never; the next night is at {settings.sync.at} ({settings.district.timezone})"
    when = parts.local(settings, datetime.fromisoformat(night["started_at"]))
    ended = "" if night["finished_at"] else " (not finished)"
    return f"{when}{ended}: " + ", ".join(
        f"{night[name]:,} {name}" for name in ("applied", "replaced", "held", "failed") if name in night
    )
