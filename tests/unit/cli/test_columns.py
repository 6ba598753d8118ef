"""Tables that are printed as their rows come: no row waits for the next, and each cell stays in its column."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pictureday.cli.columns import print_rows

COLUMNS = {"code": 4, "name": 6, "why": 0}


def test_a_row_is_printed_before_the_next_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """A million rows need no more memory than one, and the first shows at once."""
    seen: list[str] = []

    def rows() -> Iterator[tuple[str, str, str]]:
        for number in range(3):
            yield str(number), "n", "w"
            seen.append(capsys.readouterr().out)

    assert print_rows(COLUMNS, rows()) == 3
    assert [text.splitlines()[-1].split() for text in seen] == [[str(number), "n", "w"] for number in range(3)]


def test_a_long_cell_is_folded_in_its_column(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is cut off, and nothing moves into another column."""
    print_rows(COLUMNS, [("1", "abcdefghij", "because")])
    assert capsys.readouterr().out.splitlines() == ["code  name    why", "1     abcdef  because", "      ghij"]


@pytest.mark.parametrize(("name", "lines"), [("\u738b\u5c0f\u660e\u660e", 2), ("e\u0301" * 6, 1)])
def test_a_wide_letter_takes_two_cells_and_an_accent_none(
    name: str, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three Chinese letters fill six cells; six letters with accents do, too."""
    print_rows(COLUMNS, [("1", name, "w")])
    assert len(capsys.readouterr().out.splitlines()) == 1 + lines


def test_no_rows_print_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asked says it in words."""
    assert print_rows(COLUMNS, []) == 0
    assert capsys.readouterr().out == ""
