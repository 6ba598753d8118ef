"""The shelf: a mapping of students that takes no memory for them, and forgets nothing of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pictureday.roster import Student
from pictureday.roster.shelf import Shelf, in_order

_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
_MAYBE = st.none() | st.booleans()
_STUDENTS = st.lists(
    st.builds(
        Student,
        code=st.from_regex(r"[0-9]{6}[A-Z][0-9]{3}", fullmatch=True),
        school_code=_TEXTS,
        name=st.none() | _TEXTS,
        grade=st.none() | _TEXTS,
        enrolled=st.booleans(),
        do_not_photograph=_MAYBE,
        no_release=_MAYBE,
        choices=st.frozensets(_TEXTS.filter(bool), max_size=3),
        line=st.integers(0, 10**9),
    ),
    unique_by=lambda student: student.code,
    max_size=9,
)


@given(students=_STUDENTS)
def test_it_is_the_mapping_that_a_dict_would_be(students: list[Student]) -> None:
    """Every field comes back, in the order of the file, and in order of the codes where that is asked for."""
    shelf, plain = Shelf(), {student.code: student for student in students}
    assert all(shelf.add(student) for student in students)
    assert list(shelf.items()) == list(plain.items())
    assert (len(shelf), shelf.get("nobody")) == (len(plain), None)
    assert list(in_order(shelf)) == list(in_order(plain)) == sorted(students, key=lambda student: student.code)


def test_the_first_of_a_code_stays_until_another_is_put_there() -> None:
    """Whoever reads the file decides which of two lines counts."""
    shelf = Shelf()
    first, second = (Student(code="123456X789", school_code=school) for school in ("1", "2"))
    assert (shelf.add(first), shelf.add(second), shelf["123456X789"]) == (True, False, first)
    shelf.put(second)
    assert dict(shelf) == {"123456X789": second}
