"""The schedule at work: asks what time it is, and holds the night that is due."""

from __future__ import annotations

from datetime import datetime

from pictureday.catalogue import Catalogue
from pictureday.clock import Clock
from pictureday.config import Settings
from pictureday.log import get_logger
from sync import nights, schedule
from sync.tally import Tally
from sync.worker import Night, SyncRunning

__all__ = ["Calendar", "Scheduler"]

_log = get_logger()


class Calendar:
    """Whether a night is due, and when the next one is."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self._catalogue = catalogue
        self._at = schedule.parse_time(settings.sync.at)
        self._zone = settings.district.zone

    def due(self, now: datetime) -> bool:
        """Whether a night's moment has come that was not held to its end. Never before there is a vendor."""
        with self._catalogue.read() as tx:
            created, last = nights.created_at(tx, now), nights.last_started(tx, now)
        return created is not None and schedule.due(now, last, created, self._at, self._zone)

    def next_at(self, now: datetime) -> datetime:
        """When the next night begins, in UTC."""
        return schedule.next_night(now, self._at, self._zone)


class Scheduler:
    """Holds a night when one is due. Call `tick` every few seconds, from one thread."""

    def __init__(self, night: Night, *, catalogue: Catalogue, settings: Settings, clock: Clock) -> None:
        self._night = night
        self._calendar = Calendar(catalogue, settings)
        self._clock = clock

    def tick(self, now: datetime | None = None) -> Tally | None:
        """Hold the night if it is due at `now`; what it came to, or None.

        Raises `Outage` where something is away: the night is then still due, so wait and tick again.
        """
        if not self._calendar.due(now or self._clock.now()):
            return None
        try:
            return self._night.run("schedule")
        except SyncRunning as running:
            _log.info("night_left_to_another", problem=running.what)
            return None
