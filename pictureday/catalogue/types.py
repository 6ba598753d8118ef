"""Column types: moments in UTC, and file names that no database takes as they are."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

__all__ = ["PathText", "Utc"]


class Utc(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops zones, so it is put back on the way out; naive times are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a stored time needs its zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PathText(TypeDecorator[str]):
    """A file name as Python has it (bytes that are no UTF-8 as surrogates), which no database takes as it is.

    Stored readable and reversible: a surrogate as backslash-u-dcXX, a backslash as two.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.replace("\\", "\\\\").encode("utf-8", "backslashreplace").decode("utf-8")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or "\\" not in value:
            return value
        parts = value.split("\\\\")
        return "\\".join(_surrogates(part) for part in parts)


def _surrogates(part: str) -> str:
    head, *rest = part.split("\\u")
    return head + "".join(chr(int(piece[:4], 16)) + piece[4:] for piece in rest)
