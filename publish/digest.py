"""The digest: the letter to the operators about what nobody else can be told.

Files whose school can't be known, refused archives, unfinished uploads; reports of schools without a
contact who may get mail; and notices (a vendor folder nobody knows, a parked message).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pictureday.names import shown
from publish.blocks import Kind, files_table, note, section, settled_table, sheet_rows, tidy, wrapped
from publish.letter import Letter, table
from publish.page import Markup, counted, fill, joined
from publish.part import Part
from publish.privacy import masked
from publish.rejection import SHEET, Words

__all__ = ["Digest", "write"]

_OPENING = "What follows is told to nobody else."
_NOBODY = "No contact of this school may get mail: add one to its contacts, or its domain to mail.allowed_domains."
_FOOTER = "This mail was sent by Picture Day for {district}. `pictureday quarantine list` shows what waits for you."


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What a digest tells: our own parts, those of schools that have nobody to tell (by name), and notices."""

    parts: Sequence[Part]
    orphans: Mapping[str, Sequence[Part]]
    notices: Sequence[str]


def write(told: Digest, words: Words) -> Letter:
    """The letter to the operators. At `link` it holds only numbers, and no attachment."""
    html, text = (_body(told, words, kind) for kind in ("html", "txt"))
    footer = _FOOTER.format(district=words.district)
    framed = fill("frame.html", title=_title(told), district=words.district, content=html, footer=footer)
    subject = fill("digest/subject.txt", what=_title(told)).strip()
    return Letter(subject=subject, text=tidy(text), html=framed, sheet=_sheet(told, words))


def _title(told: Digest) -> str:
    parts = [*told.parts, *(part for parts in told.orphans.values() for part in parts)]
    files = sum(len(part.news.fresh) for part in parts)
    counts = {"file": files, "notice": len(told.notices)}
    said = " and ".join(counted(count, what) for what, count in counts.items() if count)
    return f"{said} to look at" if said else "earlier files are settled"


def _body(told: Digest, words: Words, kind: Kind) -> Markup:
    own = [_section(f"From {part.vendor}", part.which, part, words, kind) for part in told.parts]
    others = [
        _section(f"{school} has nobody to tell", f"From {part.vendor}, {part.which}. {_NOBODY}", part, words, kind)
        for school, parts in told.orphans.items()
        for part in parts
    ]
    sections = joined([*_notices(told, kind), *own, *others])
    return fill(f"digest/body.{kind}", opening=_OPENING, sections=sections)


def _notices(told: Digest, kind: Kind) -> list[Markup]:
    if not told.notices:
        return []
    lines = joined(_notice(shown(text, longest=1000), kind) for text in told.notices)
    return [section("Notices", "each is told once", lines, kind)]


def _notice(text: str, kind: Kind) -> Markup:
    return fill("paragraph.html", text=text) if kind == "html" else Markup(wrapped(f"* {text}") + "\n\n")


def _section(heading: str, which: str, part: Part, words: Words, kind: Kind) -> Markup:
    if words.detail == "link":
        numbers = f"{counted(len(part.news.fresh), 'file')} to look at, {len(part.news.settled)} settled."
        return section(heading, which, note(numbers, kind), kind)
    said = part.mapped(masked) if words.detail == "masked" else part
    tables = [files_table(said.news.fresh, kind, who="File"), settled_table(said.news.settled, kind)]
    return section(heading, which, joined(tables), kind)


def _sheet(told: Digest, words: Words) -> bytes:
    parts = [*told.parts, *(part for parts in told.orphans.values() for part in parts)]
    if words.detail == "link" or not parts:
        return b""
    said = [part.mapped(masked) for part in parts] if words.detail == "masked" else parts
    return table(
        SHEET, [row for part in said for row in sheet_rows(part.news.fresh, part.news.settled, part.vendor, part.which)]
    )
