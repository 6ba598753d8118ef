"""Catalogue-wide numbers."""

from __future__ import annotations

from pictureday.catalogue import Catalogue, numbers
from tests.contract.catalogue.ground import together


def test_numbers_never_repeat(catalogue: Catalogue) -> None:
    """Over threads that draw at once, and over a transaction that was undone, no number is given twice."""
    drawn: list[int] = []

    def draw() -> None:
        for count in (1, 3, 7):
            with catalogue.write() as tx:
                mine = numbers.draw(tx, "arrival", count)
            assert mine == sorted(mine)
            assert len(mine) == count
            drawn.extend(mine)

    together(*[draw] * 6)
    assert len(set(drawn)) == len(drawn) == 66


def test_each_name_counts_for_itself(catalogue: Catalogue) -> None:
    """Later numbers are greater, and none is drawn where none is asked for."""
    with catalogue.write() as tx:
        first, second = numbers.draw(tx, "arrival", 2)
        assert first < second
        assert numbers.draw(tx, "accepted_no", 0) == []
        assert numbers.draw(tx, "accepted_no", 1) == [first]
