"""The report: what one school (or ops) has to do about one delivery, and what it need not do any more.

Each revision holds everything that is open at that time, so that the next one can tell what changed.
All text in it was made printable when the report was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pictureday.messages import FileState
from pictureday.names import base_name, shown
from pictureday.reasons import Finding

__all__ = ["OPS", "Content", "Item", "News", "Problem", "changes", "news"]

OPS = ""  # stands where a school's code does: files whose school can't be known
_LONGEST_NAME = 255  # what a disk allows; only an archive's entry is longer, and loses its middle
_UNFINISHED = ("The upload was never finished.", "Ask the vendor to upload the file again, to the end.")
_UNSAID = ("The file waits for a decision.", "The district's operators look at it.")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, and what to do about it."""

    code: str
    message: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """One file. `file` is its name; to ops, who may have to look for it, its whole path. `state` is a FileState."""

    photo_id: int
    student_code: str
    student_name: str
    file: str
    state: str
    problems: tuple[Problem, ...]

    def says(self) -> tuple[object, ...]:
        """What it tells a reader to do; a name that was corrected in the roster is no news."""
        return self.photo_id, self.problems


@dataclass(frozen=True, kw_only=True)
class Content:
    """One report: all that is open, and what was open in the report before and is not any more."""

    items: tuple[Item, ...] = ()
    resolved: tuple[Item, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return {name: [asdict(item) for item in items] for name, items in vars(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Content:
        """The inverse of `as_json`."""
        return cls(**{name: tuple(_item(item) for item in stored[name]) for name in ("items", "resolved")})


@dataclass(frozen=True, kw_only=True)
class News:
    """What a reader does not know yet: what is new, what is settled, and how much it was told of is still open."""

    fresh: tuple[Item, ...]
    settled: tuple[Item, ...]
    still: int


def changes(
    before: Mapping[str, Content], rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> dict[str, Content]:
    """The reports to make, by school code: for each school where something differs from its last report.

    `before` holds each school's last report, `rows` are all files of the delivery, `names` the students' names.
    """
    states = {row["id"]: row["state"] for row in rows}
    now = _open_items(rows, names)
    made = {school: _content(before.get(school), now.get(school, ()), states) for school in sorted({*before, *now})}
    return {school: content for school, content in made.items() if _differs(before.get(school), content)}


def news(told: Content | None, due: Sequence[Content]) -> News:
    """What the reports `due` tell together, oldest first, to a reader whose last report was `told`."""
    known = {item.says() for item in told.items} if told else set()
    last = due[-1].items
    settled = {item.photo_id: item for content in due for item in content.resolved}
    for item in last:
        settled.pop(item.photo_id, None)
    fresh = tuple(item for item in last if item.says() not in known)
    return News(fresh=fresh, settled=tuple(settled.values()), still=len(last) - len(fresh))


def _open_items(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, tuple[Item, ...]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for row in rows:
        school = _who_acts(row)
        if school is not None:
            found[school].append(_opened(row, names, whole_path=school == OPS))
    return {school: tuple(items) for school, items in found.items()}


def _who_acts(row: Mapping[str, Any]) -> str | None:
    if row["state"] == FileState.QUARANTINED:
        return row["school_code"] or OPS
    return OPS if row["state"] in {FileState.REFUSED, FileState.UNFINISHED} else None


def _opened(row: Mapping[str, Any], names: Mapping[str, str], *, whole_path: bool) -> Item:
    code = row["student_code"] or ""
    return Item(
        photo_id=row["id"],
        student_code=shown(code),
        student_name=shown(names.get(code, "")),
        file=shown(row["path"] if whole_path else base_name(row["path"]), longest=_LONGEST_NAME),
        state=row["state"],
        problems=_problems(row),
    )


def _problems(row: Mapping[str, Any]) -> tuple[Problem, ...]:
    findings = [Finding.from_json(stored) for stored in row["findings"]]
    found = tuple(Problem(code=item.code, message=item.message, fix=item.fix) for item in findings)
    message, fix = _UNFINISHED if row["state"] == FileState.UNFINISHED else _UNSAID
    return found or (Problem(code="", message=message, fix=fix),)


def _content(before: Content | None, items: tuple[Item, ...], states: Mapping[int, str]) -> Content:
    here = {item.photo_id for item in items}
    gone = [item for item in (before.items if before else ()) if item.photo_id not in here]
    return Content(items=items, resolved=tuple(replace(item, state=states[item.photo_id]) for item in gone))


def _differs(before: Content | None, content: Content) -> bool:
    known = [item.says() for item in before.items] if before else []
    return known != [item.says() for item in content.items]


def _item(stored: Mapping[str, Any]) -> Item:
    return Item(**{**stored, "problems": tuple(Problem(**problem) for problem in stored["problems"])})
