"""What a section of the settings is: a frozen dataclass whose fields say what they may be.

`decode` reads one strictly from a table of a settings file, and gathers every mistake instead of stopping at the first.
It is our own, because what is made for any data takes longer to load than most commands take to run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import partial
from typing import Any, Self, TypeVar

__all__ = ["MISSING", "NO_SUCH", "Mistake", "Section", "number", "section", "sections", "text", "texts", "whole"]

NO_SUCH = "there is no such setting; `pictureday config` lists them all"
MISSING = "it should be there"
Number = TypeVar("Number", int, float)
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A bad setting: its name, what it should be, and what was given."""

    name: str
    should: str
    given: object


@dataclass(frozen=True, kw_only=True)
class Section:
    """Made by hand, a section is taken as it is; `decode` checks what strangers wrote."""

    @classmethod
    def decode(cls, given: object, mistakes: list[Mistake], place: str = "") -> Self | None:
        """The section that the table `given` says, defaults for the rest; None where `mistakes` grew."""
        if not isinstance(given, Mapping):
            mistakes.append(Mistake(name=place, should="it should be a table of settings", given=given))
            return None
        before = len(mistakes)
        known = {one.name.rstrip("_"): one for one in fields(cls)}
        values = {
            known[name].name: _read(known[name], value, mistakes, _inside(place, name))
            for name, value in given.items()
            if name in known
        }
        strange = ((name, NO_SUCH) for name in given if name not in known)
        missing = ((name, MISSING) for name, one in known.items() if one.metadata["needed"] and name not in given)
        mistakes += (
            Mistake(name=_inside(place, name), should=should, given=given.get(name))
            for name, should in (*strange, *missing)
        )
        return None if len(mistakes) > before else cls(**values)


def text(default: str | Callable[[], str] | None, *checks: Callable[[str], object]) -> Any:
    """A text that passes `checks`, which raise `ValueError` with what it should be; it has to be given if None."""
    return _setting(default, partial(_text, checks=checks))


def texts(default: tuple[str, ...]) -> Any:
    """A list of texts."""
    return _setting(default, _texts)


def number(default: float, *, least: float = -math.inf, above: float = -math.inf, most: float = math.inf) -> Any:
    """A finite number of at least `least` and at most `most`, and more than `above`."""
    return _setting(default, lambda value, *_: _within(_number(value), least, above, most))


def whole(default: int, *, least: int, most: float = math.inf) -> Any:
    """A whole number of at least `least` and at most `most`."""
    return _setting(default, lambda value, *_: _within(_whole(value), least, -math.inf, most))


def section(kind: type[Section]) -> Any:
    """A section within this one."""
    return _setting(kind, kind.decode)


def sections(kind: type[Section], default: Callable[[], tuple[Section, ...]]) -> Any:
    """A list of sections."""
    return _setting(default, partial(_several, kind=kind))


def _setting(default: Any, read: Callable[..., Any]) -> Any:
    metadata = {"read": read, "needed": default is None}
    if default is None:
        return field(metadata=metadata)
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _read(one: Field[Any], value: object, mistakes: list[Mistake], place: str) -> Any:
    try:
        return one.metadata["read"](value, mistakes, place)
    except ValueError as error:
        mistakes.append(Mistake(name=place, should=str(error), given=value))
        return None


def _text(value: object, *_: object, checks: tuple[Callable[[str], object], ...] = ()) -> str:
    if not isinstance(value, str):
        raise ValueError("it should be a text")
    for check in checks:
        check(value)
    return value


def _texts(value: object, *_: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError("it should be a list of texts")
    return tuple(map(_text, value))


def _several(value: object, mistakes: list[Mistake], place: str, *, kind: type[Section]) -> tuple[Section | None, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError("it should be a list of tables")
    return tuple(kind.decode(one, mistakes, f"{place}.{number}") for number, one in enumerate(value))


def _number(value: object) -> float:
    # The environment has only texts.
    try:
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            found = float(value)
            if math.isfinite(found):
                return found
    except (ValueError, OverflowError):
        pass
    raise ValueError("it should be a number")


def _whole(value: object) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer():
        return int(value)
    raise ValueError("it should be a whole number")


def _within(value: Number, least: float, above: float, most: float) -> Number:
    if value < least:
        raise ValueError(f"it should be greater than or equal to {least:,g}")
    if value <= above:
        raise ValueError(f"it should be greater than {above:,g}")
    if value > most:
        raise ValueError(f"it should be less than or equal to {most:,g}")
    return value
