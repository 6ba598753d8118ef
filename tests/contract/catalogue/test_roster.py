"""The roster in the catalogue: imports and the export, on either database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from pictureday.catalogue import Catalogue, tables
from pictureday.catalogue import roster as table
from pictureday.errors import NotFoundError, UserError
from pictureday.roster import Contact, Imported, RosterFile, School, Student, check_school, export_rows, import_roster

A, B, C = "123456X789", "000001A002", "555555Z555"
ZONE = ZoneInfo("America/Los_Angeles")
NOON = datetime(2026, 10, 2, 19, tzinfo=UTC)


def _roster(*students: tuple[str, str], **more: Any) -> RosterFile:
    listed = {code: Student(code=code, school_code=school) for code, school in students}
    return RosterFile(format="test", students=listed, opens_schools=True, **more)


def _import(catalogue: Catalogue, roster: RosterFile, *, force: bool = False) -> Imported:
    with catalogue.write() as tx:
        return import_roster(tx, roster, most_dropped=0.2, who="ops", force=force)


def _photo(catalogue: Catalogue, code: str, state: str, *, number: int = 1, **more: Any) -> None:
    with catalogue.write() as tx:
        if number == 1:
            tx.execute(insert(tables.vendors), {"name": "acme", "state": "active", "created_at": NOON})
            delivery = {
                "id": 1,
                "vendor": "acme",
                "inbox": "file:x",
                "kind": "loose",
                "name": "",
                "state": "closed",
                "opened_at": NOON,
            }
            tx.execute(insert(tables.deliveries), delivery)
            drop = {"id": "d", "delivery_id": 1, "vendor": "acme", "inbox": "file:x", "path": "x", "kind": "photo"}
            tx.execute(insert(tables.drops), {**drop, "arrival": 1, "state": "done", "recorded_at": NOON})
        row = {
            "id": number,
            "delivery_id": 1,
            "drop_id": "d",
            "entry": number,
            "vendor": "acme",
            "path": "x",
            "state": state,
        }
        row |= {"arrival": number, "received_at": NOON, "sha256": "0", "bytes": 1, "student_code": code, "findings": []}
        tx.execute(insert(tables.files), row | more)


def test_the_same_roster_twice_changes_nothing(catalogue: Catalogue) -> None:
    """The first import adds everyone, the second nobody."""
    roster = _roster((A, "1101"), (B, "1202"))
    assert _import(catalogue, roster).students["added"] == 2
    assert _import(catalogue, roster).students == {"added": 0, "changed": 0, "moved": 0, "left": 0, "unchanged": 2}


def test_a_roster_of_many_parts(catalogue: Catalogue) -> None:
    """Both sides are compared range by range: wherever the ranges end, each student is added, changed or gone once."""
    old = [f"{number:06d}A000" for number in range(0, 24_000, 2)]
    new = [f"{number:06d}A000" for number in range(6000, 24_000, 3)]
    _import(catalogue, _roster(*((code, "1101") for code in old)))
    done = _import(catalogue, _roster(*((code, "1202") for code in reversed(new))), force=True).students
    both = len(set(old) & set(new))
    assert done == {
        "added": len(new) - both,
        "changed": 0,
        "moved": both,
        "left": len(old) - both,
        "unchanged": 0,
    }
    with catalogue.read() as tx:
        assert [row.code for row in table.after(tx, "", 24_000) if row.enrolled] == new


def test_a_move_and_a_return(catalogue: Catalogue) -> None:
    """Who left stays on record as not enrolled, and comes back as the same student."""
    _import(catalogue, _roster((A, "1101"), (B, "1202")))
    assert _import(catalogue, _roster((A, "1202")), force=True).students["left"] == 1
    assert _import(catalogue, _roster((A, "1202"), (B, "1101"))).students["added"] == 1
    with catalogue.read() as tx:
        rows = [(row.code, row.school_code, row.enrolled) for row in table.after(tx, "", 9)]
    assert rows == [(B, "1101", True), (A, "1202", True)]


def test_a_great_loss_is_refused(catalogue: Catalogue) -> None:
    """Half a file changes nothing unless a person insists."""
    _import(catalogue, _roster((A, "1101"), (B, "1202")))
    with pytest.raises(UserError, match="would drop 1 of 2 students"):
        _import(catalogue, _roster((A, "1303")))
    with catalogue.read() as tx:
        assert "1303" not in table.schools(tx)


def test_a_school_nobody_knows(catalogue: Catalogue) -> None:
    """A delta may only name schools that are known, and so may contacts."""
    delta = RosterFile(format="x", students={A: Student(code=A, school_code="9")}, delta=True)
    with pytest.raises(UserError, match="Unknown schools in students: 9"):
        _import(catalogue, delta)
    contacts = (Contact(school_code="8", email="a@b.example", role="principal"),)
    with pytest.raises(UserError, match=r"Unknown schools in contacts\.csv: 8"):
        _import(catalogue, _roster((A, "1101"), contacts=contacts))


def test_contacts_are_replaced(catalogue: Catalogue) -> None:
    """A principal who is no longer listed gets no more reports; a roster without contacts changes none."""
    for name in ("old", "new"):
        contacts = (Contact(school_code="1101", email=f"{name}@b.example", role="principal"),)
        _import(catalogue, _roster((A, "1101"), contacts=contacts))
    _import(catalogue, _roster((A, "1101")))
    with catalogue.read() as tx:
        assert table.contacts_of(tx, "1101") == [{"email": "new@b.example", "role": "principal"}]


def test_a_school_keeps_its_name(catalogue: Catalogue) -> None:
    """A roster that only has a school's code doesn't take its name away; one that has a new name gives it."""
    _import(catalogue, _roster((A, "1101"), schools=(School(code="1101", name="Maple"),)))
    _import(catalogue, _roster((A, "1101")))
    with catalogue.read() as tx:
        assert table.schools(tx) == {"1101": "Maple"}
    _import(catalogue, _roster((A, "1101"), schools=(School(code="1101", name="Oak"),)))
    with catalogue.read() as tx:
        assert table.schools(tx) == {"1101": "Oak"}


def test_a_new_student_clears_quarantined_photos(catalogue: Catalogue) -> None:
    """A photo that waited for its student to be on the roster is judged again, and the trail says who imported."""
    _photo(catalogue, A, "quarantined", findings=[{"code": "unknown_student", "facts": {}}])
    assert _import(catalogue, _roster((A, "1101"))).judged_again == 1
    with catalogue.read() as tx:
        assert len(tx.execute(select(tables.messages)).all()) == 1
        (line,) = tx.execute(select(tables.audit.c.who, tables.audit.c.action)).all()
    assert tuple(line) == ("ops", "roster_imported")


def test_the_export(catalogue: Catalogue) -> None:
    """Each enrolled student has one row, in order of codes, with the status and its date in the district's zone."""
    _import(catalogue, _roster((A, "1101"), (B, "1202"), (C, "1202")))
    _photo(catalogue, A, "applied", applied_at=datetime(2026, 10, 3, 5, tzinfo=UTC))
    _photo(catalogue, B, "quarantined", number=2, findings=[{"code": "empty", "facts": {}}])
    with catalogue.read() as tx:
        rows = [(row[0], row[4], row[5], row[6]) for row in export_rows(tx, None, ZONE)]
    assert rows == [
        (B, "needs attention", "", "The file is empty."),
        (A, "in MiSiS", "2026-10-02", ""),
        (C, "no photo", "", ""),
    ]


def test_the_export_of_one_school(catalogue: Catalogue) -> None:
    """A school sees its own students only; a school that isn't there is told."""
    _import(catalogue, _roster((A, "1101"), (B, "1202")))
    with catalogue.read() as tx:
        assert [row[0] for row in export_rows(tx, "1202", ZONE)] == [B]
        with pytest.raises(NotFoundError, match="no school 9999"):
            check_school(tx, "9999")


def test_the_export_goes_over_many_pages(catalogue: Catalogue) -> None:
    """More students than one page holds come out once each, in order."""
    codes = [f"{number:06d}A000" for number in range(2100)]
    _import(catalogue, _roster(*((code, "1101") for code in reversed(codes))))
    with catalogue.read() as tx:
        assert [row[0] for row in export_rows(tx, None, ZONE)] == codes
