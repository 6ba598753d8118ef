"""The sample district: it makes sense, and its roster can be read."""

from __future__ import annotations

from pathlib import Path

from pictureday.config import Roster
from pictureday.demo.district import DISTRICT, write_roster
from pictureday.names import student_code
from pictureday.roster import read_roster


def test_every_student_has_a_code_of_their_own_and_a_school() -> None:
    """Two hundred students, each with a proper code, a name and one of the three schools."""
    schools = {school.code for school in DISTRICT.schools}
    assert len(DISTRICT.students) == len({one.code for one in DISTRICT.students}) == 200
    assert len({one.name for one in DISTRICT.students}) == 200
    assert all(student_code(f"{one.code}.jpg") == one.code and one.school_code in schools for one in DISTRICT.students)


def test_every_school_has_a_principal_and_one_vendor() -> None:
    """Each school's reports have a reader, and each school has exactly one grant, given by its principal."""
    principals = {one.school_code: one.email for one in DISTRICT.contacts if one.role == "principal"}
    assert set(principals) == {school.code for school in DISTRICT.schools}
    assert {grant.school_code: grant.granted_by for grant in DISTRICT.grants} == principals
    assert len(DISTRICT.grants) == len(DISTRICT.schools)
    assert {grant.vendor for grant in DISTRICT.grants} == {vendor.name for vendor in DISTRICT.vendors}


def test_no_address_of_the_sample_can_reach_anyone() -> None:
    """All addresses end in `.example`, which is reserved (RFC 2606)."""
    addresses = [one.email for one in DISTRICT.contacts] + [one.email for one in DISTRICT.vendors]
    assert all(address.endswith(".example") for address in addresses)


def test_both_flags_occur() -> None:
    """The demo can show that one flag keeps a photo out and the other only marks it."""
    assert sum(one.do_not_photograph for one in DISTRICT.students) == 2
    assert sum(one.no_release for one in DISTRICT.students) == 1


def test_the_roster_reader_takes_what_is_written(tmp_path: Path) -> None:
    """The three files come back from the roster's own reader: every student, flag, school and contact."""
    write_roster(tmp_path)
    found = read_roster(tmp_path, Roster())
    flags = {code: (one.do_not_photograph, one.no_release) for code, one in found.students.items()}
    assert flags == {one.code: (one.do_not_photograph, one.no_release) for one in DISTRICT.students}
    assert all(found.students[one.code].school_code == one.school_code for one in DISTRICT.students)
    assert {(school.code, school.name) for school in found.schools} == {
        (one.code, one.name) for one in DISTRICT.schools
    }
    assert {one.email for one in found.contacts or ()} == {one.email for one in DISTRICT.contacts}
