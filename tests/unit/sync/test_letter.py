"""The letters to the operators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pictureday.config import load
from pictureday.errors import Outage
from sync import letter
from sync.nights import NightRow
from sync.tally import Tally

START = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
NIGHT = NightRow(night_id=17, trigger="schedule", started_at=START, mark=40, tally=Tally())
TO = ["ops@district.example"]


def test_letter_has_every_count_in_the_districts_time() -> None:
    """Applied, replaced, held, waiting and failed, and when it was by the clock on the wall."""
    tally = Tally(applied=1200, replaced=3, held=2, failed=1, waiting=4)
    mail = letter.finished(NIGHT, tally, START + timedelta(minutes=3), to=TO, settings=load())
    assert mail["Subject"] == "Picture Day sync: 1,200 applied, 2 held, 1 failed"
    text = " ".join(mail.get_content().split())
    assert "began 2026-10-06 02:00 PDT and was over 2026-10-06 02:03 PDT" in text
    for piece in ("1,200 applied", "3 replaced", "2 held", "1 failed", "4 waiting"):
        assert piece in text


def test_quiet_night_says_so_without_advice() -> None:
    """Advice is for what happened."""
    mail = letter.finished(NIGHT, Tally(), START, to=TO, settings=load())
    assert mail["Subject"] == "Picture Day sync: 0 applied"
    assert "Failed photos" not in mail.get_content()


def test_every_letter_of_a_night_has_a_name_that_lasts() -> None:
    """A letter that is made again is the same letter: the name comes from the night, not from the clock."""
    names = [
        letter.finished(NIGHT, Tally(), START + timedelta(hours=hours), to=TO, settings=load())["Message-ID"]
        for hours in (1, 2)
    ]
    assert names == ["<night-17-20261006T090000@district.example>"] * 2


def test_stopped_night_is_told_once_a_day() -> None:
    """However often it is tried again, the name stays the same until the next day."""
    outage = Outage("The MiSiS store can't be reached.")
    mails = [
        letter.stopped(NIGHT, outage, START + timedelta(hours=hours), to=TO, settings=load()) for hours in (0, 5, 24)
    ]
    assert mails[0]["Message-ID"] == mails[1]["Message-ID"] != mails[2]["Message-ID"]
    assert "The MiSiS store can't be reached." in mails[0].get_content()
