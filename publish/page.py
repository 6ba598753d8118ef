"""Filling the letters' templates: a folder for each e-mail, `$slots`, and HTML that is escaped by default."""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from string import Template

__all__ = ["Markup", "counted", "fill", "joined"]


class Markup(str):
    """Text that is HTML already; all other text is escaped when it is put into HTML."""

    __slots__ = ()


def fill(path: str, **slots: object) -> Markup:
    """The template at `path` below `letters/` (`rejection/body.html`), every `$slot` filled.

    In HTML every value is escaped unless it is `Markup`; in plain text none is. Raises `KeyError` where a slot
    was not given.
    """
    safe = _escaped if path.endswith(".html") else str
    return Markup(_template(path).substitute({name: safe(value) for name, value in slots.items()}))


def joined(parts: Iterable[str]) -> Markup:
    """Filled templates one after the other."""
    return Markup("".join(parts))


def counted(count: int, one: str, many: str = "") -> str:
    """`1 photo`, `1,200 photos`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _escaped(value: object) -> str:
    return str(value) if isinstance(value, Markup) else html.escape(str(value))


@cache
def _template(path: str) -> Template:
    return Template(files("publish").joinpath("letters", path).read_text(encoding="utf-8"))
