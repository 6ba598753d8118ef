"""One delivery's part of a mail: which delivery it is, in a reader's words, and what is new about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from pictureday.names import shown
from publish.report import Content, Item, News, news

__all__ = ["Part", "parts_of"]

_KINDS = {"zip": "a zip", "folder": "a folder", "loose": "single files"}


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a mail tells about one delivery. All text is printable."""

    vendor: str
    which: str
    news: News

    def mapped(self, change: Callable[[Item], Item]) -> Part:
        """The same part with every item changed by `change`."""
        fresh, settled = (tuple(map(change, items)) for items in (self.news.fresh, self.news.settled))
        return replace(self, news=replace(self.news, fresh=fresh, settled=settled))


def parts_of(
    reports: Iterable[Mapping[str, Any]], told: Mapping[int, Mapping[str, Any]], zone: ZoneInfo, *, named: bool
) -> tuple[Part, ...]:
    """The parts of one mail that tells all of `reports` (rows of `due`, a delivery's together, oldest first).

    `told` is the stored content of the last report that a mail has told, by delivery. A zip or folder is called by
    its name only with `named`: vendors have named them after students.
    """
    return tuple(
        _part(list(rows), told, zone, named) for _, rows in groupby(reports, key=lambda row: row["delivery_id"])
    )


def _part(rows: list[Mapping[str, Any]], told: Mapping[int, Mapping[str, Any]], zone: ZoneInfo, named: bool) -> Part:
    last = rows[-1]
    before = told.get(last["delivery_id"])
    due = [Content.from_json(row["content"]) for row in rows]
    known = Content.from_json(before) if before is not None else None
    return Part(vendor=shown(last["vendor"]), which=_which(last, zone, named), news=news(known, due))


def _which(row: Mapping[str, Any], zone: ZoneInfo, named: bool) -> str:
    name = shown(row["name"]) if named and row["name"] else _KINDS.get(row["kind"], row["kind"])
    parts = [f"delivery {row['delivery_id']}", name]
    return ", ".join(parts + ([_day(row["closed_at"].astimezone(zone))] if row["closed_at"] else []))


def _day(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B %Y}"
