"""`pictureday config`: every setting in force, passwords left out."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from pictureday.config import Settings, hide_passwords

__all__ = ["register", "run"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace, settings: Settings) -> int:
    """Print the settings as TOML, ready for a `pictureday.toml`."""
    for name, values in asdict(settings).items():
        section = name.rstrip("_")
        if section == "inboxes":
            for inbox in values:
                print(f"[[inboxes]]\n{_lines(inbox)}\n")
        else:
            print(f"[{section}]\n{_lines(values)}\n")
    return 0


def _lines(values: dict[str, object]) -> str:
    return "\n".join(f"{name} = {_toml(value)}" for name, value in values.items())


def _toml(value: object) -> str:
    # TOML writes texts, numbers, true and false, and lists of them as JSON does; but no letter as two halves.
    return hide_passwords(json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f"))
