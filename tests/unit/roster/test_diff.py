"""What a roster changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictureday.catalogue.roster import StudentRow
from pictureday.errors import UserError
from pictureday.roster import Flags, RosterFile, Student, Summary, compare

A, B, C = "123456X789", "000001A002", "555555Z555"


def _row(code: str = A, **changes: object) -> StudentRow:
    row = StudentRow(code, "1101", "Jane", "05", do_not_photograph=False, no_release=False, enrolled=True)
    return row._replace(**changes)  # type: ignore[arg-type]


def _roster(*students: Student, delta: bool = False, flags: dict[str, Flags] | None = None) -> RosterFile:
    return RosterFile(format="x", students={one.code: one for one in students}, delta=delta, flags=flags)


def _student(code: str = A, school: str = "1101", **more: object) -> Student:
    return Student(code=code, school_code=school, **more)  # type: ignore[arg-type]


def test_counts() -> None:
    """Added, changed, moved, left and unchanged: each student is counted once."""
    current = [_row(), _row(B), _row(C), _row("000000D000"), _row("000000E000", enrolled=False)]
    new = _student("000000N000")
    changes = compare(
        current, _roster(_student(), _student(B, "1202"), _student(C, grade="06"), new, _student("000000E000"))
    )
    assert changes.counts() == {"added": 2, "changed": 1, "moved": 1, "left": 1, "unchanged": 1}
    assert changes.to_judge_again() == {B, "000000N000", "000000E000"}


def test_what_a_file_does_not_say_stays() -> None:
    """A roster without names, grades and flags takes none of them away."""
    known = _row(do_not_photograph=True, no_release=True)
    assert compare([known], _roster(_student())).counts()["unchanged"] == 1


def test_a_delta_drops_nobody() -> None:
    """Who isn't in a delta stays; who is in it as deleted leaves."""
    changes = compare([_row(), _row(B)], _roster(_student(B, "", enrolled=False), delta=True))
    assert (changes.left, changes.unchanged) == ([B], 1)


def test_a_delta_never_adds_a_stranger() -> None:
    """A line of a delta without a school is about a student we know, or about no student."""
    roster = _roster(_student(A, "", name="New"), _student(B, ""), delta=True)
    changes = compare([_row()], roster)
    assert (changes.added, changes.changed) == ([], [_row(name="New")])


def test_a_student_of_two_schools_stays() -> None:
    """A delta that lists two schools moves nobody who is at one of them."""
    student = _student(A, "1202", choices=frozenset({"1202", "1101"}))
    assert compare([_row()], _roster(student, delta=True)).moved == []


@pytest.mark.parametrize("delta", [False, True])
def test_flags_csv_is_the_whole_truth(delta: bool) -> None:
    """A student who isn't in flags.csv has no flag any more, and the photos it held back are judged again."""
    roster = _roster(*([] if delta else [_student()]), delta=delta, flags={B: Flags(no_release=True)})
    changes = compare([_row(do_not_photograph=True)], roster)
    assert (changes.changed, changes.to_judge_again()) == ([_row()], {A})


def test_a_flag_counts_wherever_it_stands() -> None:
    """A column can't take away what flags.csv says, nor the other way round."""
    student = _student(do_not_photograph=True, no_release=False)
    (row,) = compare([_row()], _roster(student, flags={A: Flags(no_release=True)})).changed
    assert (row.do_not_photograph, row.no_release) == (True, True)


@given(lost=st.integers(0, 60), kept=st.integers(0, 60))
def test_a_fifth_may_leave_and_no_more(lost: int, kept: int) -> None:
    """Exactly a fifth may go; one more is refused, because half a file looks just like that."""
    current = [_row(f"{number:06d}A000") for number in range(lost + kept)]
    roster = _roster(*(_student(row.code) for row in current[lost:]))
    summary = Summary()
    summary.add(compare(current, roster))
    if 5 * lost > lost + kept:
        with pytest.raises(UserError, match="--force"):
            summary.refuse_great_loss(0.2)
    else:
        summary.refuse_great_loss(0.2)
