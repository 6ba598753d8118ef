"""The demo's own check: what the catalogue, the store, the receipts and the mails say, against what must be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from pictureday.catalogue import Catalogue, files, listing, tables
from pictureday.config import Settings
from pictureday.demo import story
from pictureday.demo.deliveries import Expected
from pictureday.messages import FileState
from pictureday.names import shown
from sync import MisisStore

__all__ = ["Found", "Receipts", "look", "summary"]

Receipts = Callable[[str, int], Sequence[bytes]]  # a vendor's for one delivery, as JSON
_LATER = {FileState.APPLIED: FileState.ACCEPTED}  # what the night made of it
_NO_PHOTOS = (FileState.IGNORED, FileState.INDEX)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found: each delivery's files by state, each school's line, and what is not as it must be."""

    deliveries: dict[tuple[str, str, str], Counter[str]]
    schools: list[story.SchoolLine]
    wrong: list[str] = field(default_factory=list)


def look(catalogue: Catalogue, settings: Settings, expected: Sequence[Expected], receipts: Receipts) -> Found:
    """Look at everything, and name every difference from `expected`."""
    with catalogue.read() as tx:
        rows = {_key(row): (row, files.of_delivery(tx, row["id"])) for row in listing.newest(tx, 1000)}
        schools = _schools(tx)
        applied = files.by_state(tx).get(FileState.APPLIED, 0)
    wrong = [line for one in expected for line in _differences(one, rows)]
    wrong += [line for row, listed in rows.values() for line in _receipt(receipts, row, len(listed))]
    store = MisisStore.open(settings.misis.url)
    try:
        if (stored := store.count()) != applied:
            wrong.append(f"MiSiS has {stored} photos, the catalogue says {applied}")
    finally:
        store.close()
    counted = {key: Counter(row["state"] for row in listed) for key, (_, listed) in rows.items()}
    return Found(deliveries=counted, schools=schools, wrong=wrong)


def summary(found: Found, expected: Sequence[Expected], places: Sequence[story.Place], seconds: float) -> story.Summary:
    """The last page, from what was found."""
    lines = [_line(one, found.deliveries.get((one.vendor, one.kind, one.name), Counter())) for one in expected]
    return story.Summary(deliveries=lines, schools=found.schools, places=places, seconds=seconds)


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["vendor"], row["kind"], row["name"]


def _line(one: Expected, counts: Counter[str]) -> story.DeliveryLine:
    accepted, ignored = (sum(counts[state] for state in states) for states in (("accepted", "applied"), _NO_PHOTOS))
    refused = counts[FileState.REFUSED]
    total = counts.total()
    return story.DeliveryLine(
        title=one.title,
        vendor=one.vendor,
        files=total,
        accepted=accepted,
        attention=total - accepted - ignored - refused,
        refused=refused,
        ignored=ignored,
    )


def _differences(one: Expected, rows: dict[Any, Any]) -> list[str]:
    delivery, listed = rows.get((one.vendor, one.kind, one.name), (None, []))
    if delivery is None:
        return [f"the {one.title} of {one.vendor} is not there"]
    found = {row["path"]: (_LATER.get(row["state"], row["state"]), _codes(row)) for row in listed}
    wanted = {path: (state, one.reasons.get(path, ())) for path, state in one.verdicts.items()}
    paths = sorted(path for path in found.keys() | wanted.keys() if found.get(path) != wanted.get(path))
    lines = [f"{shown(path)} is {found.get(path)}, not {wanted.get(path)}" for path in paths]
    if delivery["state"] != one.state:
        lines.append(f"the {one.title} is {delivery['state']}, not {one.state}")
    return lines


def _codes(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(stored["code"] for stored in row["findings"])


def _receipt(receipts: Receipts, delivery: dict[str, Any], count: int) -> list[str]:
    found = receipts(delivery["vendor"], delivery["id"])
    if len(found) != 1:
        return [f"delivery {delivery['id']} has {len(found)} receipts"]
    totals = json.loads(found[0])["totals"]
    named = totals.pop("files")
    if named == count == sum(totals.values()):
        return []
    return [f"the receipt of delivery {delivery['id']} says {named} files and {totals}; there are {count}"]


def _schools(tx: Connection) -> list[story.SchoolLine]:
    students, schools = tables.students, tables.schools
    sizes = select(students.c.school_code, func.count()).group_by(students.c.school_code)
    size: dict[str, int] = dict(tx.execute(sizes).all())
    applied, held_back = _students(tx, FileState.APPLIED), _students(tx, FileState.QUARANTINED)
    return [
        story.SchoolLine(
            name=name, students=size.get(code, 0), in_misis=applied.get(code, 0), attention=held_back.get(code, 0)
        )
        for code, name in tx.execute(select(schools.c.code, schools.c.name).order_by(schools.c.code))
    ]


def _students(tx: Connection, state: FileState) -> dict[str, int]:
    table = tables.files
    query = select(table.c.school_code, func.count(table.c.student_code.distinct())).where(table.c.state == state)
    return dict(tx.execute(query.group_by(table.c.school_code)).all())
