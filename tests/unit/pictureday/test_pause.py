"""Waits grow, end at a most, and are never in step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pictureday.pause import Pause, grown


@given(st.floats(0.01, 10), st.floats(10, 100), st.integers(0, 10_000))
def test_a_wait_is_never_longer_than_the_most_nor_shorter_than_the_first(first: float, most: float, times: int) -> None:
    """However often it failed, the wait stays in its bounds."""
    assert first <= grown(first, most, times) <= most


def test_a_wait_doubles_until_it_is_reset() -> None:
    """Each failure doubles the wait, less a random part of up to a half; success starts over."""
    pause = Pause(1.0, 8.0)
    for full in (1.0, 2.0, 4.0, 8.0, 8.0):
        assert full / 2 <= pause.next() <= full
    pause.reset()
    assert pause.next() <= 1.0
