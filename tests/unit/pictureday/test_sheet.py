"""CSV for spreadsheets: nothing in it runs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictureday.sheet import safe_cell, write_rows


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\0=1", "\r=1", " =1", "\uff1d1"])
def test_a_formula_becomes_text(text: str) -> None:
    """What could start a formula gets a single quote in front (ASVS 1.2.10)."""
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), (-5, "-5"), ("José", "José"), ("a\nb", "a\\nb"), ("x\u202ey", "x\\u202ey")]
)
def test_plain_values(value: object, cell: str) -> None:
    """Numbers and plain text stay; what hides or breaks the line is escaped."""
    assert safe_cell(value) == cell


def test_rows_are_quoted_and_counted() -> None:
    """Each cell is quoted, so that no separator in it can start a new one."""
    stream = io.StringIO()
    assert write_rows(stream, ["a", "b"], iter([("x;=1", 2)])) == 1
    assert stream.getvalue() == '"a","b"\r\n"x;=1","2"\r\n'


@given(st.lists(st.text(), min_size=1))
def test_any_text_is_one_safe_line(cells: list[str]) -> None:
    """Any text gives one line with as many cells, none of which starts a formula, and it can be encoded."""
    stream = io.StringIO()
    write_rows(stream, cells, [])
    stream.getvalue().encode()
    (read,) = csv.reader(io.StringIO(stream.getvalue()))
    assert len(read) == len(cells)
    assert not any(cell.startswith(tuple("=+-@\t\r\n\0")) for cell in read)
