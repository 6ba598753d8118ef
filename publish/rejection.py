"""The rejection report: the letter to one school about its quarantined photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from publish.blocks import Kind, files_table, note, section, settled_table, sheet_rows, steps, tidy, wrapped
from publish.letter import Letter, table
from publish.page import Markup, counted, fill, joined
from publish.part import Part
from publish.privacy import masked

__all__ = ["Words", "write"]

SHEET = (
    "photographer",
    "delivery",
    "student_code",
    "student",
    "file",
    "photo",
    "what_is_wrong",
    "what_to_do",
    "status",
)
_OPENING = (
    "{photos} of your school could not be accepted. Below is what is wrong with each. "
    "A corrected photo is checked by itself as soon as it arrives; there is no need to answer this mail."
)
_OPENING_LINK = "{photos} of your school could not be accepted. To protect the students, this mail does not say which."
_ALL_WELL = "There is nothing to do: what we wrote to you about earlier is settled."
_CLOSING = "Photos of your school that this mail does not tell of need nothing from you."
_FOOTER = (
    "This mail was sent by Picture Day for {district}. It is about students: "
    "please pass it on only to those who need it. Questions? {ask}"
)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What every letter needs to know about us. `detail` is `mail.detail`; `ask` may be '' (an address)."""

    district: str
    website: str
    ask: str
    detail: Literal["full", "masked", "link"]


def write(school: str, parts: Sequence[Part], words: Words) -> Letter:
    """The letter to `school` (its name) about `parts`. At `link` it holds only numbers, and no attachment."""
    said = [part.mapped(masked) for part in parts] if words.detail == "masked" else list(parts)
    html, text = (_body(school, said, words, kind) for kind in ("html", "txt"))
    framed = fill("frame.html", title=_title(said), district=words.district, content=html, footer=_footer(words))
    sheet = b"" if words.detail == "link" else table(SHEET, [row for part in said for row in _rows(part)])
    subject = fill("rejection/subject.txt", what=_title(said)).strip()
    return Letter(subject=subject, text=tidy(text), html=framed, sheet=sheet)


def _title(parts: Sequence[Part]) -> str:
    fresh = sum(len(part.news.fresh) for part in parts)
    settled = sum(len(part.news.settled) for part in parts)
    if fresh:
        return f"{counted(fresh, 'photo')} of your school {'needs' if fresh == 1 else 'need'} attention"
    return f"{counted(settled, 'photo')} of your school {'needs' if settled == 1 else 'need'} nothing more"


def _body(school: str, parts: Sequence[Part], words: Words, kind: Kind) -> Markup:
    fresh = [item for part in parts for item in part.news.fresh]
    opening = _opening(len(fresh), words)
    filled = {
        "school": school,
        "opening": opening if kind == "html" else wrapped(opening),
        "steps": "" if words.detail == "link" else steps(fresh, kind),
        "sections": joined(_section(part, words, kind) for part in parts),
        "closing": _CLOSING,
    }
    footer = {"footer": wrapped(_footer(words))} if kind == "txt" else {}
    return fill(f"rejection/body.{kind}", **filled, **footer)


def _opening(fresh: int, words: Words) -> str:
    if not fresh:
        return _ALL_WELL
    return (_OPENING_LINK if words.detail == "link" else _OPENING).format(photos=counted(fresh, "photo"))


def _section(part: Part, words: Words, kind: Kind) -> Markup:
    content = _numbers(part, words, kind) if words.detail == "link" else _tables(part, kind)
    return section(f"From {part.vendor}", part.which, content, kind)


def _tables(part: Part, kind: Kind) -> Markup:
    fresh = files_table(part.news.fresh, kind, who="Student and file")
    return joined([fresh, _still(part, kind), settled_table(part.news.settled, kind)])


def _still(part: Part, kind: Kind) -> Markup:
    if not part.news.still:
        return Markup("")
    waits = "still waits" if part.news.still == 1 else "still wait"
    return note(f"{counted(part.news.still, 'photo')} of this delivery that we wrote about earlier {waits}.", kind)


def _numbers(part: Part, words: Words, kind: Kind) -> Markup:
    numbers = {"needing attention": part.news.fresh, "settled": part.news.settled}
    said = "; ".join(f"{counted(len(items), 'photo')} {what}" for what, items in numbers.items() if items)
    return note(f"{said}. {_where(words)}", kind)


def _where(words: Words) -> str:
    if words.website:
        return f"To see which, go to {words.website}."
    return f"To hear which, ask {words.ask} and name the delivery." if words.ask else ""


def _footer(words: Words) -> str:
    return _FOOTER.format(district=words.district, ask=words.ask or "Ask the district.")


def _rows(part: Part) -> list[tuple[str, ...]]:
    return sheet_rows(part.news.fresh, part.news.settled, part.vendor, part.which)
