"""`pictureday quarantine`: what is held back, and what becomes of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pictureday.cli import looks, parts
from pictureday.config import Settings

__all__ = ["register"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its actions."""
    parser.description = __doc__
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = _action(actions, "list", looks.listed, "list the photos in quarantine, oldest first")
    for name in ("vendor", "school", "reason"):
        listing.add_argument(f"--{name}", type=parts.words, help=f"only of this {name}")
    listing.add_argument("--json", action="store_true", help="print a JSON array")
    show = _action(actions, "show", looks.show, "show one photo: its reasons, how to fix them, who decided what")
    show.add_argument("photo", type=parts.number)
    show.add_argument("--json", action="store_true", help="print a JSON object")
    release = _deciding(_action(actions, "release", _release, "accept a photo in spite of its reasons"))
    release.add_argument(
        "--student", type=parts.words, metavar="CODE", help="whose photo it is, where its name doesn't say"
    )
    _deciding(_action(actions, "reject", _reject, "say for good that a photo is not used"), many=True)
    _deciding(
        _action(actions, "retry", _retry, "judge photos again by the rules, roster and grants of now"),
        many=True,
        why=False,
    )
    export = _action(actions, "export", looks.export, "write a photo's delivered bytes to a file")
    export.add_argument("photo", type=parts.number)
    export.add_argument("--to", type=Path, required=True, metavar="FILE")
    export.add_argument("--why", type=parts.words, default="", help="for the audit trail")


def _action(actions: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _deciding(parser: argparse.ArgumentParser, *, many: bool = False, why: bool = True) -> argparse.ArgumentParser:
    parser.add_argument("photo", type=parts.number, nargs="+" if many else None, help="the number that `list` shows")
    parser.add_argument("--why", type=parts.words, required=why, default="", help="the reason, for the audit trail")
    parser.add_argument("--who", type=parts.words, help="who decides (default: you)")
    return parser


def _release(args: argparse.Namespace, settings: Settings) -> int:
    from publish import release

    with parts.catalogue(settings) as catalogue:
        state = release(catalogue, args.photo, _decision(args), student=args.student)
    told = {
        "accepted": "It goes into MiSiS tonight.",
        "superseded": "A newer photo of the student is in force.",
        "unchanged": "The student's photo in force has the very same bytes.",
    }
    print(f"Photo {args.photo} is {state}. {told.get(state, '')}".strip())
    return 0


def _reject(args: argparse.Namespace, settings: Settings) -> int:
    from publish import reject

    return _many(args, settings, reject, "rejected")


def _retry(args: argparse.Namespace, settings: Settings) -> int:
    from publish import retry

    return _many(
        args,
        settings,
        retry,
        "to be judged again; the verdict appears within seconds while `pictureday run` is running",
    )


def _many(args: argparse.Namespace, settings: Settings, act: Any, done: str) -> int:
    with parts.catalogue(settings) as catalogue:
        count = act(catalogue, args.photo, _decision(args))
    print(f"{count} {'photo' if count == 1 else 'photos'} {done}.")
    return 0


def _decision(args: argparse.Namespace) -> Any:
    from publish import Decision

    return Decision(who=args.who or parts.who(), why=args.why)
