"""The status column."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pictureday.catalogue.roster import Photo
from pictureday.roster import Status, standing

NIGHT = datetime(2026, 10, 2, 9, tzinfo=UTC)
APPLIED = Photo("123456X789", "applied", (), NIGHT)
SMALL = Photo("123456X789", "quarantined", [{"code": "too_small", "facts": {"bytes": 12, "least": 15}}], None)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("received", "received"),
        ("accepted", "accepted (waiting for tonight)"),
        ("applied", "in MiSiS"),
        ("held", "needs attention"),
    ],
)
def test_one_photo(state: str, status: str) -> None:
    """Each state that matters has its word."""
    assert standing([Photo("123456X789", state, (), None)]).status == status


def test_no_photo() -> None:
    """A student without a photo has none."""
    assert standing([]).status == Status.NO_PHOTO


def test_the_newest_photo_says_it() -> None:
    """A new photo that needs attention shows, and so does since when the old one is in MiSiS."""
    now = standing([APPLIED, SMALL])
    assert (now.status, now.since) == (Status.ATTENTION, NIGHT)
    assert "at least 15 are needed" in now.why


def test_a_good_photo_after_a_bad_one() -> None:
    """What was wrong with an older photo is no longer said."""
    assert standing([SMALL, APPLIED]).why == ""
