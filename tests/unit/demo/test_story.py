"""The summary: it says what it was told, it says when numbers do not add up, and it fits a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from pictureday.demo.story import DeliveryLine, Place, SchoolLine, Summary, print_summary

_BAD = DeliveryLine(title="bad folder", vendor="Lumen", files=17, accepted=6, attention=11, refused=0, ignored=0)
_SUMMARY = Summary(
    deliveries=[_BAD],
    schools=[SchoolLine(name="Harbor View High", students=56, in_misis=46, attention=8)],
    places=[Place(what="mails", where="/a/very/long/path/" + "x" * 90)],
    seconds=12.4,
)


def _printed(summary: Summary, width: int = 120) -> str:
    stream = io.StringIO()
    print_summary(Console(file=stream, width=width), summary)
    return stream.getvalue()


def test_the_summary_shows_that_the_numbers_add_up() -> None:
    """A reader sees the sum, not only its parts."""
    text = _printed(_SUMMARY)
    assert "6 accepted + 11 need attention + 0 refused + 0 ignored = 17" in text


def test_numbers_that_do_not_add_up_are_called_out() -> None:
    """A file without a verdict is never papered over."""
    text = _printed(replace(_SUMMARY, deliveries=[replace(_BAD, accepted=5)]))
    assert "do not add up" in text
    assert "accounted for" not in text


def test_photos_of_nobody_are_explained() -> None:
    """Where deliveries count more to fix than schools do, the difference is said."""
    assert "3 more can't be matched to a student" in _printed(_SUMMARY)


@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_fit_the_terminal(width: int) -> None:
    """No line is wider than the terminal, but a path, which must stay in one piece to be copied."""
    lines = [line for line in _printed(_SUMMARY, width).splitlines() if "/a/very/long" not in line]
    assert max(map(len, lines)) <= width
    assert "/a/very/long/path/" + "x" * 90 in _printed(_SUMMARY, width)


def test_a_hostile_name_stays_text() -> None:
    """Markup and escape sequences in a vendor's name are shown, not obeyed."""
    text = _printed(replace(_SUMMARY, deliveries=[replace(_BAD, vendor="[red]\x1b[2J")]))
    assert "[red]" in text
    assert "\x1b" not in text
