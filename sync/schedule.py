"""When the night is: one moment for each calendar day in the district's time zone.

Where the clocks go forward over that time, the night starts at the first moment there is after it;
where they go back and the time comes twice, it starts at the first of the two, once.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

__all__ = ["due", "latest_night", "next_night", "parse_time"]

_DAY = timedelta(days=1)


def parse_time(text: str) -> time:
    """The setting `sync.at` (`HH:MM`, checked when it was read) as a time of day."""
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def due(now: datetime, last_started: datetime | None, created_at: datetime, at: time, zone: tzinfo) -> bool:
    """Whether a night's moment has come since one was last started, or since there is a catalogue.

    However many were missed, it is one night that is due. All moments carry their zone.
    """
    since = created_at if last_started is None else last_started
    return latest_night(now, at, zone) > since


def next_night(now: datetime, at: time, zone: tzinfo) -> datetime:
    """The first night's moment after `now`, in UTC."""
    return min(night for night in _around(now, at, zone) if night > now)


def latest_night(now: datetime, at: time, zone: tzinfo) -> datetime:
    """The last night's moment at or before `now`, in UTC."""
    return max(night for night in _around(now, at, zone) if night <= now)


def _around(now: datetime, at: time, zone: tzinfo) -> list[datetime]:
    # A zone may skip a whole day (Samoa, 2011), so two days on each side are looked at.
    today = now.astimezone(zone).date()
    return [_night_of(today + days * _DAY, at, zone) for days in range(-2, 3)]


def _night_of(day: date, at: time, zone: tzinfo) -> datetime:
    wall = datetime.combine(day, at)
    night = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if night.astimezone(zone).replace(tzinfo=None) == wall:
        return night
    return _jump(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), night, zone)


def _jump(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second between `before` and `after` at which the clocks go forward."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
