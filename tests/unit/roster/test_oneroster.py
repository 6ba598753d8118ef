"""OneRoster CSV 1.1 and 1.2."""

from __future__ import annotations

import pytest

from pictureday.errors import ConfigError, UserError
from pictureday.roster import School
from tests.unit.roster.conftest import Read

A, B, C = "123456X789", "000001A002", "555555Z555"
ORGS = (
    "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    "d1,,,District,district,,\no1,,,Maple Grove,school,1101,d1\no2,,,Cedar Creek,school,,d1\n"
)
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
)
ENROLLMENTS = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n"
)
USERS_12 = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,identifier,grades,"
    "primaryOrgSourcedId\n"
)
ROLES = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n"
DELTA = "propertyName,value\nmanifest.version,1.0\noneroster.version,{}\nfile.users,delta\n"


def _user(
    code: str,
    *,
    key: str = "u1",
    orgs: str = "d1,o1",
    role: str = "student",
    status: str = "",
    enabled: str = "true",
    ids: str = "",
) -> str:
    return f'{key},{status},,{enabled},"{orgs}",{role},x,"{ids}",Jane,Doe,,{code},,,,,"05,06",\n'


def _enrolment(org: str, *, user: str = "u1", primary: str = "false", dates: str = ",", status: str = "") -> str:
    return f"e,{status},,c1,{org},{user},student,{primary},{dates}\n"


def test_version_1_1(read: Read) -> None:
    """users.csv has roles and orgs; only students count; a school's code is its identifier, else its sourcedId."""
    users = USERS + _user(A) + _user(B, key="u2", orgs="o2") + _user("", key="t1", role="teacher")
    roster = read(users=users, orgs=ORGS)
    assert {code: one.school_code for code, one in roster.students.items()} == {A: "1101", B: "o2"}
    assert (roster.students[A].name, roster.students[A].grade, roster.format) == ("Jane Doe", "05", "OneRoster 1.1")
    assert roster.schools == (School(code="1101", name="Maple Grove"), School(code="o2", name="Cedar Creek"))


def test_version_1_2(read: Read) -> None:
    """roles.csv says who is a student and where, the primary role first."""
    users = USERS_12 + f"u1,,,true,x,,Jane,Doe,{A},05,\nu2,,,true,x,,Tom,Poe,{B},05,\nt1,,,true,x,,Al,Roe,,,\n"
    roles = ROLES + "r1,,,u1,secondary,student,,,o2\nr2,,,u1,primary,student,,,o1\nr3,,,t1,primary,teacher,,,o1\n"
    roster = read(users=users, orgs=ORGS, roles=roles)
    assert {code: one.school_code for code, one in roster.students.items()} == {A: "1101"}
    assert roster.format == "OneRoster 1.2"


def test_the_order_of_columns_does_not_matter(read: Read) -> None:
    """Implementations differ in their columns; names count."""
    roster = read(users=f"role,identifier,orgSourcedIds,sourcedId\nstudent,{A},o1,u1\n", orgs=ORGS)
    assert roster.students[A].school_code == "1101"


@pytest.mark.parametrize(
    ("enrolments", "school"),
    [
        ([_enrolment("o2")], "o2"),
        ([_enrolment("o2"), _enrolment("o1", primary="true")], "1101"),
        ([_enrolment("o2", dates="2025-08-01,2026-06-01")], "1101"),
        ([_enrolment("o2", dates="2027-01-01,2027-06-01")], "1101"),
        ([_enrolment("o1", dates="2025-08-01,"), _enrolment("o2", dates="2026-09-01,")], "o2"),
        ([_enrolment("o2", status="tobedeleted")], "1101"),
        ([_enrolment("d1")], "1101"),
        ([_enrolment("o2", user="u9")], "1101"),
    ],
)
def test_enrolments_say_the_school(read: Read, enrolments: list[str], school: str) -> None:
    """An enrolment in force beats the user's list of orgs; a primary one beats the latest."""
    roster = read(users=USERS + _user(A), orgs=ORGS, enrollments=ENROLLMENTS + "".join(enrolments))
    assert roster.students[A].school_code == school


def test_the_primary_org_of_1_2(read: Read) -> None:
    """`primaryOrgSourcedId` beats an enrolment that isn't marked primary."""
    users = USERS_12 + f"u1,,,true,x,,Jane,Doe,{A},05,o2\n"
    roles = ROLES + "r1,,,u1,primary,student,,,o1\n"
    roster = read(users=users, orgs=ORGS, roles=roles, enrollments=ENROLLMENTS + _enrolment("o1"))
    assert roster.students[A].school_code == "o2"


@pytest.mark.parametrize(
    ("field", "user"),
    [
        ("sourcedId", _user("9", key=A)),
        ("userIds:sis", _user("9", ids=f"{{ldap:x}},{{SIS:{A}}}")),
    ],
)
def test_the_code_may_be_elsewhere(read: Read, field: str, user: str) -> None:
    """`roster.code_field` names the field that holds the student code."""
    assert list(read(field, users=USERS + user, orgs=ORGS).students) == [A]


def test_an_unknown_code_field(read: Read) -> None:
    """A setting that names no field is told as a setting."""
    with pytest.raises(ConfigError, match=r"roster\.code_field"):
        read("shoe size", users=USERS + _user(A), orgs=ORGS)


@pytest.mark.parametrize("gone", [{"status": "tobedeleted"}, {"enabled": "false"}])
def test_deleted_and_disabled_users_left(read: Read, gone: dict[str, str]) -> None:
    """Who is to be deleted or no longer enabled is no longer enrolled, whatever else the line lacks."""
    roster = read(users=USERS + _user(A, orgs="", **gone) + _user(B, key="u2"), orgs=ORGS)
    assert [one.enrolled for one in roster.students.values()] == [False, True]


def test_flags_in_extension_columns(read: Read) -> None:
    """`metadata.do_not_photograph` and `metadata.no_release` are our extension columns."""
    users = USERS.strip() + ",metadata.do_not_photograph,metadata.no_release\n" + _user(A).strip() + ",true,\n"
    student = read(users=users, orgs=ORGS).students[A]
    assert (student.do_not_photograph, student.no_release) == (True, False)


def test_wrong_lines_are_told(read: Read) -> None:
    """A student without a code, and one at no known school, stop the import with a remedy each."""
    with pytest.raises(UserError) as error:
        read(users=USERS + _user("12345") + _user(B, key="u2", orgs="d1"), orgs=ORGS)
    assert "users.csv line 2: the student has no student code." in str(error.value)
    assert "users.csv line 3: the student is at no school" in str(error.value)
    assert "roster.code_field" in str(error.value)


@pytest.mark.parametrize(
    "files", [{"users": USERS}, {"manifest": "propertyName,value\n"}, {"users": "a,b\n", "orgs": ORGS}]
)
def test_an_export_that_lacks_something(read: Read, files: dict[str, str]) -> None:
    """A missing file or column is named."""
    with pytest.raises(UserError, match=r"lacks|has no column"):
        read(**files)


def test_another_version(read: Read) -> None:
    """OneRoster 1.0 and 2.0 are not guessed at."""
    with pytest.raises(UserError, match=r"OneRoster 2\.0"):
        read(manifest="propertyName,value\noneroster.version,2.0\n", users=USERS, orgs=ORGS)


def test_two_schools_with_one_identifier(read: Read) -> None:
    """A school's code must tell it from the others."""
    with pytest.raises(UserError, match="two schools have the identifier 1101"):
        read(users=USERS + _user(A), orgs=ORGS + "o3,,,Twin,school,1101,\n")


def test_contacts_may_use_the_sourced_id(read: Read) -> None:
    """A contact may name the school as OneRoster does."""
    roster = read(users=USERS + _user(A), orgs=ORGS, contacts="school_code,email,role\no1,a@b.example,principal\n")
    assert roster.contacts is not None
    assert roster.contacts[0].school_code == "1101"


def test_a_delta_of_1_1(read: Read) -> None:
    """A delta lists who changed; a student of two schools may stay at either."""
    users = USERS + _user(A, orgs="1101,o2") + _user(B, key="u2", status="tobedeleted", orgs="")
    roster = read(users=users, manifest=DELTA.format("1.1"))
    assert roster.delta
    assert (sorted(roster.students[A].choices), roster.students[B].enrolled) == (["1101", "o2"], False)


def test_a_delta_of_1_2_without_a_role(read: Read) -> None:
    """Who has no line in roles.csv has no new role: a known student is changed, anybody else is left alone."""
    users = USERS_12 + f"u1,,,true,x,,Jane,Doe,{A},05,\nt1,,,true,x,,Al,Roe,,,\nu3,,,true,x,,Tom,Poe,{C},05,\n"
    roles = ROLES + "r3,tobedeleted,,u3,primary,student,,,o1\n"
    students = read(users=users, manifest=DELTA.format("1.2"), roles=roles).students
    assert {code: (one.school_code, one.enrolled) for code, one in students.items()} == {A: ("", True), C: ("", False)}
