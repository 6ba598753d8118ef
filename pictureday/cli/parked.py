"""`pictureday parked`: messages that failed too often; list them, and try them again."""

from __future__ import annotations

import argparse
import json

from pictureday.cli import parts
from pictureday.config import Settings

__all__ = ["register"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its actions."""
    parser.description = __doc__
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser(
        "list", help="list them with their last error", description="List parked messages, oldest first."
    )
    listing.add_argument("--json", action="store_true", help="print a JSON array")
    listing.set_defaults(run=_list)
    replay = actions.add_parser(
        "replay", help="try one, or all, again", description="Hand parked messages on again, as new."
    )
    replay.add_argument("message", nargs="?", type=parts.number, help="the number that `list` shows (default: all)")
    replay.set_defaults(run=_replay)


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import messages
    from pictureday.names import shown

    with parts.catalogue(settings) as catalogue, catalogue.read() as tx:
        found = messages.parked(tx)
    if args.json:
        print(json.dumps([vars(one) | {"created_at": one.created_at.isoformat()} for one in found], indent=2))
        return 0
    for one in found:
        print(f"{one.id:>8}  {one.queue}  tried {one.attempts} times  {shown(one.last_error)}")
    print(f"{len(found)} parked." if found else "Nothing is parked.")
    return 0


def _replay(args: argparse.Namespace, settings: Settings) -> int:
    from pictureday.catalogue import audit, messages
    from pictureday.errors import NotFoundError

    with parts.catalogue(settings) as catalogue, catalogue.write() as tx:
        count = messages.replay(tx, args.message)
        if not count and args.message is not None:
            raise NotFoundError(
                f"There is no parked message {args.message}.", fix="`pictureday parked list` shows them."
            )
        audit.record(tx, who=parts.who(), action="replay", detail={"messages": count})
    print(f"{count} {'message' if count == 1 else 'messages'} handed on again.")
    return 0
