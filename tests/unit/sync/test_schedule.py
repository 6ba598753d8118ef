"""When the night is, above all where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync.schedule import due, latest_night, next_night, parse_time

HOME = ZoneInfo("America/Los_Angeles")
TWO, HALF_PAST_TWO, HALF_PAST_ONE = time(2, 0), time(2, 30), time(1, 30)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

zones = some.sampled_from(
    [HOME, *map(ZoneInfo, ("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"))]
)
times = some.times().map(lambda at: at.replace(second=0, microsecond=0))
# Around both changes of the clocks in most zones, and all the rest of the year.
moments = some.datetimes(datetime(2011, 1, 1), datetime(2030, 12, 31), timezones=some.just(UTC))  # noqa: DTZ001


def home(year: int, month: int, day: int, hour: int, minute: int, *, fold: int = 0) -> datetime:
    """A moment as the district's clock shows it."""
    return datetime(year, month, day, hour, minute, tzinfo=HOME, fold=fold).astimezone(UTC)


def test_setting_is_a_time_of_day() -> None:
    """`sync.at` is hours and minutes."""
    assert parse_time("02:05") == time(2, 5)


def test_next_night_is_at_that_time_in_the_district() -> None:
    """The wall clock counts, not UTC."""
    assert next_night(home(2026, 6, 1, 1, 59), TWO, HOME) == home(2026, 6, 1, 2, 0)
    assert next_night(home(2026, 6, 1, 2, 0), TWO, HOME) == home(2026, 6, 2, 2, 0)


@pytest.mark.parametrize("at", [TWO, HALF_PAST_TWO, time(2, 59)])
def test_time_that_does_not_exist_is_the_first_moment_after_it(at: time) -> None:
    """On 8 March 2026 two o'clock is followed by three o'clock: the night starts at three."""
    assert next_night(home(2026, 3, 8, 0, 0), at, HOME) == home(2026, 3, 8, 3, 0)
    assert next_night(home(2026, 3, 8, 3, 0), at, HOME) == home(2026, 3, 9, at.hour, at.minute)


def test_time_that_comes_twice_is_one_night() -> None:
    """On 1 November 2026 half past one comes twice: the night is the first of the two."""
    first, second = home(2026, 11, 1, 1, 30), home(2026, 11, 1, 1, 30, fold=1)
    assert second - first == timedelta(hours=1)
    assert next_night(first - timedelta(minutes=1), HALF_PAST_ONE, HOME) == first
    assert next_night(first, HALF_PAST_ONE, HOME) == home(2026, 11, 2, 1, 30)
    assert not due(second, first, LONG_AGO, HALF_PAST_ONE, HOME)


def test_three_missed_nights_are_caught_up_once() -> None:
    """After three days down one night is due at once, and no second one before its time."""
    last, back = home(2026, 6, 1, 2, 0), home(2026, 6, 4, 15, 0)
    assert due(back, last, LONG_AGO, TWO, HOME)
    assert not due(back + timedelta(minutes=1), back, LONG_AGO, TWO, HOME)
    assert due(home(2026, 6, 5, 2, 0), back, LONG_AGO, TWO, HOME)


def test_new_catalogue_waits_for_its_first_night() -> None:
    """Nothing was missed before there was anything."""
    made = home(2026, 6, 1, 9, 0)
    assert not due(made + timedelta(hours=1), None, made, TWO, HOME)
    assert due(home(2026, 6, 2, 2, 0), None, made, TWO, HOME)


def test_clock_set_back_does_not_repeat_a_night() -> None:
    """Ten minutes back or a day back: the night that was held is not held again."""
    started = home(2026, 6, 1, 2, 0)
    for step in (timedelta(minutes=10), timedelta(days=1)):
        assert not due(started - step + timedelta(minutes=5), started, LONG_AGO, TWO, HOME)


@given(moments, times, zones)
def test_nights_never_overlap_or_get_lost(now: datetime, at: time, zone: ZoneInfo) -> None:
    """Between the last night and the next there is no other, and they are about a day apart."""
    before, after = latest_night(now, at, zone), next_night(now, at, zone)
    assert before <= now < after
    assert next_night(before, at, zone) == after
    # Most days have 23 to 25 hours; where a zone skipped a day, its night is the first moment after.
    assert timedelta(0) < after - before <= timedelta(hours=26)


@given(moments, times, zones)
def test_night_shows_its_time_or_the_first_after_it(now: datetime, at: time, zone: ZoneInfo) -> None:
    """The wall clock at a night shows the set time, or the clocks went over it a moment before."""
    night = next_night(now, at, zone)
    wall = night.astimezone(zone)
    if wall.time() != at:
        just_before = (night - timedelta(seconds=1)).astimezone(zone)
        assert just_before.replace(tzinfo=None) + timedelta(seconds=1) < wall.replace(tzinfo=None)


@given(moments, times, zones, some.lists(some.integers(1, 5000), max_size=40))
def test_each_night_is_held_at_most_once(now: datetime, at: time, zone: ZoneInfo, minutes: list[int]) -> None:
    """However irregular the looks at the clock: one start for each night's moment, and none without one."""
    created, last, starts = now, None, []
    for step in minutes:
        now += timedelta(minutes=step)
        if due(now, last, created, at, zone):
            last = now
            starts.append(latest_night(now, at, zone))
    assert len(starts) == len(set(starts))
    assert all(night > created for night in starts)
