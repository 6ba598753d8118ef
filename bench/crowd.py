"""A district of many: a roster as people export it, and a catalogue in which a school year has left its photos.

The rows are put in as they would be after some months: delivery by delivery, most of them applied, and of each student
an older photo or two. No bytes of a photo are behind them, and nothing that this measures asks for any.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from pictureday.catalogue import Catalogue, tables
from tests.flow.district import code_of

__all__ = ["SCHOOLS", "fill", "write_roster"]

SCHOOLS = 800
_VENDORS = 40
_DELIVERY = 250  # photos of one zip
_STARTED = datetime(2026, 8, 17, 8, tzinfo=UTC)
# Of a thousand photos, in which state they are; 30 wait in quarantine.
_STATES = {
    "applied": 400,
    "replaced": 440,
    "accepted": 60,
    "quarantined": 30,
    "resolved": 25,
    "unchanged": 20,
    "superseded": 10,
    "rejected": 8,
    "received": 5,
    "held": 2,
}
_SPREAD = [state for state, share in _STATES.items() for _ in range(share)]
# Each student's newest photos come last, so a state is drawn by a step that shares no factor with a thousand.
_STEP = 387
_JUDGED = frozenset(_STATES) - {"received"}
_FINDING = {"code": "wrong_shape", "facts": {"width": 300, "height": 300}}


def write_roster(folder: Path, students: int) -> None:
    """students.csv and schools.csv with so many students at `SCHOOLS` schools."""
    folder.mkdir()
    schools = (f"{_school(number)},School number {number}\n" for number in range(SCHOOLS))
    (folder / "schools.csv").write_text("school_code,name\n" + "".join(schools))
    with (folder / "students.csv").open("w") as out:
        out.write("student_code,school_code,grade,status,name\n")
        for number in range(students):
            out.write(f"{code_of(number)},{_school(number)},{number % 13},active,Sample{number}\n")


def fill(catalogue: Catalogue, students: int, photos: int) -> None:
    """Put so many photos of so many students, who are there already, into the catalogue."""
    with catalogue.write() as tx:
        tx.execute(insert(tables.vendors), [_vendor(number) for number in range(_VENDORS)])
        for first in range(0, photos, _DELIVERY):
            number = first // _DELIVERY + 1
            rows = [_photo(at, number, students) for at in range(first, min(first + _DELIVERY, photos))]
            pending = sum(row["state"] == "received" for row in rows)
            tx.execute(insert(tables.deliveries), _delivery(number, pending))
            tx.execute(insert(tables.drops), _drop(number))
            tx.execute(insert(tables.files), rows)
            tx.execute(insert(tables.reports), list(_reports(number)))


def _school(number: int) -> str:
    return f"S{number % SCHOOLS:04d}"


def _vendor(number: int) -> dict[str, Any]:
    return {"name": f"vendor{number}", "title": "", "email": "", "state": "active", "created_at": _STARTED}


def _delivery(number: int, pending: int) -> dict[str, Any]:
    opened = _STARTED + timedelta(minutes=number)
    return {
        "id": number,
        "vendor": f"vendor{number % _VENDORS}",
        "inbox": "file:/srv/vendors",
        "kind": "zip",
        "name": f"school-{number}.zip",
        "state": "closed",
        "opened_at": opened,
        "closed_at": opened,
        "pending": pending,
        "findings": [],
        "revision": 1,
        "told_at": opened,
    }


def _drop(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:032x}",
        "delivery_id": number,
        "vendor": f"vendor{number % _VENDORS}",
        "inbox": "file:/srv/vendors",
        "path": f"school-{number}.zip",
        "kind": "archive",
        "arrival": number,
        "state": "done",
        "recorded_at": _STARTED,
        "removed": True,
    }


def _photo(at: int, delivery: int, students: int) -> dict[str, Any]:
    state = _SPREAD[at * _STEP % len(_SPREAD)]
    taken = state in {"applied", "accepted"}
    code = code_of(at % students)
    judged = state in _JUDGED
    return {
        "delivery_id": delivery,
        "drop_id": f"{delivery:032x}",
        "entry": at % _DELIVERY + 1,
        "vendor": f"vendor{delivery % _VENDORS}",
        "path": f"school-{delivery}.zip!{code}.jpg",
        "state": state,
        "arrival": delivery,
        "received_at": _STARTED + timedelta(minutes=delivery),
        "sha256": f"{at:064x}",
        "bytes": 20_000,
        "student_code": code,
        "school_code": _school(at % students),
        "judged_at": _STARTED + timedelta(minutes=delivery) if judged else None,
        "findings": [_FINDING] if state in {"quarantined", "resolved", "rejected"} else [],
        "rendition": f"{at:064x}" if judged else None,
        "rendition_bytes": 19_000 if judged else None,
        "width": 300,
        "height": 400,
        "accepted_no": at + 1 if taken or state == "replaced" else None,
        "applied_at": _STARTED + timedelta(days=1, minutes=delivery) if state in {"applied", "replaced"} else None,
    }


def _reports(delivery: int) -> Iterator[dict[str, Any]]:
    for school in range(2):
        yield {
            "delivery_id": delivery,
            "school_code": _school(delivery * 2 + school),
            "revision": 1,
            "created_at": _STARTED + timedelta(minutes=delivery),
            "content": {"photos": []},
        }
