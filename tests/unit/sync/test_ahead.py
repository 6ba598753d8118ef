"""What is made one step ahead of its use."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from sync.ahead import ahead


def counting(made: list[int], upto: int) -> Iterator[int]:
    """Numbers from 0 on, each noted when it is made."""
    for number in range(upto):
        made.append(number)
        yield number


def test_items_come_all_and_in_their_order() -> None:
    """Whoever reads ahead reads the same."""
    assert list(ahead(iter(range(7)))) == list(range(7))


def test_next_item_is_made_while_the_last_one_is_in_use() -> None:
    """Its making waits for something that happens only after the first was handed out."""
    handed_out = threading.Event()

    def items() -> Iterator[str]:
        yield "first"
        assert handed_out.wait(10)
        yield "second"

    found = []
    for item in ahead(items()):
        found.append(item)
        handed_out.set()
    assert found == ["first", "second"]


def test_never_more_than_one_is_in_store() -> None:
    """However slow its user is, only one item is made that nobody has: memory stays flat."""
    made: list[int] = []
    found = ahead(counting(made, 10))
    next(found)
    next(found)
    found.close()  # waits for what is being made
    assert made == [0, 1, 2]


def test_failure_is_met_when_its_turn_comes() -> None:
    """What was made before it is handed out first."""

    def items() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(OSError, match="gone"):
        next(found)
