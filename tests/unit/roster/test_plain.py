"""The plain roster and what stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pictureday.config import Roster
from pictureday.errors import UserError
from pictureday.roster import Contact, Flags, School, read_roster
from tests.unit.roster.conftest import Read

A, B = "123456X789", "000001A002"
HEADER = "student_code,school_code,grade,status\n"


def test_the_plain_roster(read: Read) -> None:
    """Four columns make a roster; a code may be in lower case, a status may be empty."""
    roster = read(students=f"{HEADER}{A.lower()},1101,05,active\n{B},1202,K,\n")
    assert roster.students[A].school_code == "1101"
    assert [(one.code, one.grade, one.enrolled) for one in roster.students.values()] == [
        (A, "05", True),
        (B, "K", True),
    ]
    assert (roster.delta, roster.opens_schools, roster.contacts) == (False, True, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheets_write(read: Read, encoding: str, separator: str) -> None:
    """A BOM, another separator, CRLF and header names in capitals are what Excel makes of a CSV."""
    text = f"Student_Code,SCHOOL_CODE,grade,status,name\r\n{A},1101,05,active,José\r\n\r\n".replace(",", separator)
    assert read(roster=text.encode(encoding)).students[A].name == "José"


def test_every_wrong_line_is_told_at_once(read: Read) -> None:
    """One error lists each wrong line with file, line number and remedy; nothing half-read gets out."""
    with pytest.raises(UserError) as error:
        read(students=f"{HEADER}12,1101,05,active\n{A},,05,active\n{A},1,05,perhaps\n{B},1,a,b,c\n")
    lines = str(error.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:5]] == [
        f"students.csv line {number}" for number in (2, 3, 4, 5)
    ]
    assert "Write it like 000000X000." in lines[1]


def test_twenty_wrong_lines_are_enough(read: Read) -> None:
    """A thousand wrong lines are twenty lines and a number."""
    with pytest.raises(UserError) as error:
        read(students=HEADER + "x,1101,05,active\n" * 1000)
    assert len(str(error.value).splitlines()) == 22
    assert "and 980 more" in str(error.value)


@pytest.mark.parametrize("status", ["inactive", "left", "Withdrawn", "tobedeleted"])
def test_students_who_left_may_be_listed(read: Read, status: str) -> None:
    """Several words say that a student is gone."""
    assert not read(students=f"{HEADER}{A},1101,05,{status}\n").students[A].enrolled


def test_a_transfer_is_two_lines(read: Read) -> None:
    """Gone at one school and active at another, in either order, is a student of the other."""
    for lines in ([f"{A},1,05,left", f"{A},2,05,active"], [f"{A},2,05,active", f"{A},1,05,left"]):
        assert read(students=HEADER + "\n".join(lines)).students[A].school_code == "2"


def test_a_student_at_two_schools_is_refused(read: Read) -> None:
    """Twice active is a mistake that only a person can mend."""
    with pytest.raises(UserError, match="line 3: the student of line 2 is listed again"):
        read(students=f"{HEADER}{A},1,05,active\n{A},2,05,active\n")


def test_schools_have_names(read: Read) -> None:
    """schools.csv names the schools, and then a student's school must be one of them."""
    schools = "school_code,name\n1101,Maple Grove\n"
    assert read(students=f"{HEADER}{A},1101,05,\n", schools=schools).schools == (
        School(code="1101", name="Maple Grove"),
    )
    with pytest.raises(UserError, match=r"school 1102 is not in schools\.csv"):
        read(students=f"{HEADER}{A},1102,05,\n", schools=schools)


def test_flags_may_be_columns(read: Read) -> None:
    """A flag reads yes or no in many words; no column means nothing is said."""
    roster = read(students=f"{HEADER.strip()},do_not_photograph\n{A},1,05,,YES\n{B},1,05,,\n")
    flags = [(one.do_not_photograph, one.no_release) for one in roster.students.values()]
    assert flags == [(True, None), (False, None)]


def test_a_flag_is_never_guessed(read: Read) -> None:
    """A word that is neither yes nor no could be a child who must not be photographed."""
    with pytest.raises(UserError, match="do_not_photograph is 'maybe'"):
        read(students=f"{HEADER.strip()},do_not_photograph\n{A},1,05,,maybe\n")


def test_flags_may_be_a_file(read: Read) -> None:
    """flags.csv has a line for each flag a student has."""
    flags = f"student_code,flag\n{A},do_not_photograph\n{A},no_release\n{B},No Release\n"
    found = read(students=f"{HEADER}{A},1,05,\n", flags=flags).flags
    assert found == {A: Flags(do_not_photograph=True, no_release=True), B: Flags(no_release=True)}


def test_contacts(read: Read) -> None:
    """contacts.csv says who gets a school's reports; it may come alone, and then drops no student."""
    roster = read(contacts="school_code,email,role\n1101,head@one.example,Principal\n1101,HEAD@one.example,designee\n")
    assert roster.contacts == (Contact(school_code="1101", email="head@one.example", role="principal", line=2),)
    assert (roster.delta, roster.students) == (True, {})


NOT_ADDRESSES = ["not an address", "a@b.example\u202e", '"a@b.example,c@d.example"', ""]


@pytest.mark.parametrize("line", [",a@b.example,principal", *(f"1101,{word},principal" for word in NOT_ADDRESSES)])
def test_a_wrong_contact_is_refused(read: Read, line: str) -> None:
    """A report must not go to an address that only looks like one."""
    with pytest.raises(UserError, match=r"contacts\.csv line 2"):
        read(contacts=f"school_code,email,role\n{line}\n")


def test_an_unknown_role_is_refused(read: Read) -> None:
    """Reports go to principals and designees."""
    with pytest.raises(UserError, match="role is unknown"):
        read(contacts="school_code,email,role\n1101,a@b.example,janitor\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "has no column student_code"),
        (b"code,school_code\n", "has no column student_code"),
        (HEADER.encode(), "has no students"),
        (HEADER.encode() + b"a\xff,1,05,\n", "not in UTF-8"),
        (HEADER.encode() + b"a\0,1,05,\n", "NUL"),
        (HEADER.encode() + b'"123456X789,1,05,active\nmore\n', "no CSV at line"),
    ],
)
def test_a_file_that_is_no_roster(read: Read, data: bytes, said: str) -> None:
    """Whatever is in the file, the answer is a sentence."""
    with pytest.raises(UserError, match=said):
        read(students=data)


def test_which_file_is_the_roster(tmp_path: Path) -> None:
    """One CSV of any name is the roster; two are a question; none, and no folder, are told."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UserError):
            read_roster(path, Roster())
    (tmp_path / "Fall.CSV").write_text(f"{HEADER}{A},1,05,\n")
    assert read_roster(tmp_path, Roster()).students == read_roster(tmp_path / "Fall.CSV", Roster()).students
    (tmp_path / "other.csv").write_text(HEADER)
    with pytest.raises(UserError, match="2 files that may be the roster"):
        read_roster(tmp_path, Roster())
