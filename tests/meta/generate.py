"""The pages of docs/ that are made from the program itself: reasons, settings, commands.

`make docs` writes them; `tests/meta/test_docs.py` compares, so none can fall behind.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import os
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from unittest import mock

from pictureday.cli import build_parser
from pictureday.config import Inbox, Settings
from pictureday.reasons import ARCHIVE_REASONS, INBOX_REASONS, REASONS, Reason
from pictureday.section import Section

__all__ = ["PAGES", "commands_page", "main", "reasons_page", "settings_page"]

_DOCS = Path(__file__).parents[2] / "docs"
_MADE = "<!-- Made by `make docs`; change the program, not this page. -->\n"


def reasons_page() -> str:
    """docs/reasons.md: every reason with its anchor, its sentence and its fix."""
    photos = [reason for code, reason in REASONS.items() if code not in ARCHIVE_REASONS | INBOX_REASONS]
    archives = [REASONS[code] for code in REASONS if code in ARCHIVE_REASONS]
    inboxes = [REASONS[code] for code in REASONS if code in INBOX_REASONS]
    return "\n".join(
        [
            "# Why a file was not accepted\n",
            _MADE,
            "A photo is judged by every rule, so it may have several of these reasons.",
            "`…` stands for the facts of the file.\n",
            "## Photos\n",
            *map(_reason, photos),
            "## Archives\n",
            "A zip with one of these faults is refused whole: nothing of it gets in.\n",
            *map(_reason, archives),
            "## Inboxes\n",
            "These are about what lies in an inbox and is not taken. A receipt of its own tells of it, once.\n",
            *map(_reason, inboxes),
        ]
    )


def settings_page() -> str:
    """docs/settings.md: every setting, its variable, its default and what it does."""
    with mock.patch.dict(os.environ, {"PICTUREDAY_HOME": "/var"}):
        settings = Settings()
    sections = [_section(name, model) for name, model in _sections(settings)]
    return "\n".join(["# Settings\n", _MADE, _SETTINGS_INTRODUCTION, *sections])


def commands_page() -> str:
    """docs/commands.md: every command with its arguments; `--help` itself differs between Pythons."""
    return "\n".join(
        ["# Commands\n", _MADE, _COMMANDS_INTRODUCTION, *map(_command, _parsers(build_parser(whole=True)))]
    )


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (_DOCS / name).write_text(page(), encoding="utf-8")


PAGES: Mapping[str, Callable[[], str]] = types.MappingProxyType(
    {"reasons.md": reasons_page, "settings.md": settings_page, "commands.md": commands_page}
)

_SETTINGS_INTRODUCTION = """\
Settings are read from `pictureday.toml` (`--config FILE`, else `PICTUREDAY_CONFIG`, else the current folder).
Each can be overridden from the environment: `bus.url` is `PICTUREDAY_BUS__URL`. A list is written as in TOML.
`PICTUREDAY_HOME` (`./var` unless set; `<home>` below) moves all the defaults. `pictureday config` prints what
is in force.
"""

_COMMANDS_INTRODUCTION = """\
`--help` after any of these says the same. Results go to stdout, logs to stderr. Exit 0: done, nothing to fix;
1: something needs attention or could not be done; 2: wrong usage or settings.
"""


def _reason(reason: Reason) -> str:
    return f"### {reason.code}\n\n{_blanked(reason.message)}\n\n**Fix:** {_blanked(reason.fix)}\n"


def _blanked(text: str) -> str:
    return re.sub(r"\{\w+\}", "…", text)


def _sections(settings: Settings) -> Iterator[tuple[str, Section]]:
    for field in fields(Settings):
        value = getattr(settings, field.name)
        yield field.name.rstrip("_"), value[0] if isinstance(value, tuple) else value


def _section(name: str, model: Section) -> str:
    title = f"[[{name}]]" if isinstance(model, Inbox) else f"[{name}]"
    told = _told_of(type(model))
    keys = [field.name for field in fields(model)]
    rows = [f"| `{name}.{key}` | `{_default(getattr(model, key))}` | {told.get(key)} |" for key in keys]
    about = " ".join((type(model).__doc__ or "").split())
    return "\n".join([f"## `{title}`\n", f"{about}\n", "| setting | default | |", "|---|---|---|", *rows, ""])


def _told_of(model: type[Section]) -> dict[str, str]:
    """What the text under each setting of `model` says of it. The program itself has no time to read its own source."""
    body = cast("ast.ClassDef", ast.parse(inspect.getsource(model)).body[0]).body
    return {
        setting.target.id: inspect.cleandoc(text.value.value)
        for setting, text in pairwise(body)
        if isinstance(setting, ast.AnnAssign) and isinstance(setting.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def _default(value: Any) -> str:
    if isinstance(value, str) and value:
        return value.replace("/var", "<home>", 1)
    return json.dumps(value)


def _command(parser: argparse.ArgumentParser) -> str:
    rows = [f"| `{_form(action)}` | {_help(action)} |" for action in parser._actions if action.dest != "help"]
    table = ["| argument | |", "|---|---|", *rows, ""] if rows else []
    return "\n".join([f"## `{_name(parser)}`\n", f"{parser.description or ''}\n", *table])


def _name(parser: argparse.ArgumentParser) -> str:
    # argparse puts the outer commands' own arguments between the names.
    return " ".join(word for word in parser.prog.split() if word.islower())


def _form(action: argparse.Action) -> str:
    value = action.metavar or (action.dest.upper() if not action.choices else "\\|".join(action.choices))
    if not action.option_strings:
        return f"{value}{' …' if action.nargs in ('*', '+') else ''}"
    return f"{action.option_strings[-1]}{'' if action.nargs == 0 else f' {value}'}"


def _help(action: argparse.Action) -> str:
    return "one of those below" if isinstance(action, argparse._SubParsersAction) else action.help or ""


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in cast("Mapping[str, argparse.ArgumentParser]", action.choices).values():
                yield from _parsers(inner)


if __name__ == "__main__":
    main()
