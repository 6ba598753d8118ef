"""Hands that share a process: side by side, or one alone with the message that may end it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pictureday.bus.company import Company


@contextmanager
def neighbour(company: Company, *, wants_alone: bool = False) -> Iterator[tuple[threading.Event, list[bool]]]:
    """Another hand in its turn, until the event is set; the list says what it was granted."""
    begun, ended, granted = threading.Event(), threading.Event(), list[bool]()

    def turn() -> None:
        with company.together():
            begun.set()
            ended.wait()
            if wants_alone:
                with company.alone() as one:
                    granted.append(one)

    thread = threading.Thread(target=turn)
    thread.start()
    begun.wait()
    try:
        yield ended, granted
    finally:
        ended.set()
        thread.join()


def test_whoever_is_alone_waits_for_the_others_to_end_their_turn() -> None:
    """No message is in any other hand once it begins."""
    company = Company()
    with neighbour(company) as (ended, _), company.together():
        threading.Timer(0.1, ended.set).start()
        with company.alone() as granted:
            assert (granted, company._busy) == (True, 1)


def test_two_can_not_be_alone() -> None:
    """The second one is told at once, so that it lets go of its message before the first one tries its own."""
    company = Company()
    with neighbour(company, wants_alone=True) as (ended, granted), company.together():
        threading.Timer(0.1, ended.set).start()
        with company.alone() as mine:
            assert mine
    assert granted == [False]


def test_no_turn_begins_while_one_is_alone() -> None:
    """A hand that comes to its turn meanwhile waits, and has it afterwards."""
    company, seen = Company(), list[str]()

    def late() -> None:
        with company.together():
            seen.append("late")

    with company.together(), company.alone():
        thread = threading.Thread(target=late)
        thread.start()
        thread.join(0.2)
        seen.append("alone")
    thread.join()
    assert seen == ["alone", "late"]


@pytest.mark.timeout(10)
def test_a_neighbour_that_stands_still_is_waited_for_only_so_long() -> None:
    """What hangs in one hand must not keep every suspect from being tried."""
    company = Company(patience=0.1)
    with neighbour(company), company.together(), company.alone() as granted:
        assert granted
