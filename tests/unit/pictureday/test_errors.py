"""Errors: a sentence that says what is wrong, and one that mends it."""

from __future__ import annotations

import pytest

from pictureday.errors import ConfigError, FatalError, NotFoundError, Outage, PictureDayError, UserError


def test_an_error_reads_as_its_sentence_and_its_fix() -> None:
    """Whoever prints an error prints what to do, too."""
    assert str(Outage("The disk is full.", fix="Free some space.")) == "The disk is full. Free some space."


def test_an_error_without_a_fix_is_one_sentence() -> None:
    """No blank is left where there is nothing to advise."""
    assert str(UserError("There is no vendor x.")) == "There is no vendor x."


@pytest.mark.parametrize("kind", [ConfigError, NotFoundError])
def test_what_a_person_can_mend_is_a_user_error(kind: type[PictureDayError]) -> None:
    """The command line ends with 2 for each of them."""
    assert issubclass(kind, UserError)


def test_waiting_never_helps_a_fatal_error() -> None:
    """Whoever waits out an outage does not swallow a failed fsync with it."""
    assert not issubclass(FatalError, Outage)
    assert issubclass(FatalError, PictureDayError)
