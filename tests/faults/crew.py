"""The processes of a pipeline, each killed at random and started anew, as a bad week would."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress

from tests.flow.district import District
from tests.servers.leftovers import descendants

__all__ = ["Crew"]

_STAGES = ("ingest", "validate", "validate", "publish")
_NIGHT = ("sync", "--now")


class Crew:
    """One process for each stage, two for validating, and a sync again and again."""

    def __init__(self, district: District, luck: random.Random) -> None:
        self._district = district
        self._luck = luck
        self._words = [("run", "--stage", stage) for stage in _STAGES] + [_NIGHT]
        self._running = [district.start(*words) for words in self._words]
        self.kills = 0

    def kill_some(self, count: int, *, between: tuple[float, float]) -> None:
        """Kill so many processes one after the other, with so many seconds between; each is started anew at once."""
        until = self.kills + count
        while self.kills < until:
            time.sleep(self._luck.uniform(*between))
            self._start_ended()
            self._kill(self._luck.randrange(len(self._running)))

    def end(self) -> None:
        """End the sync, when it has done its work, and leave the others running."""
        night = self._running.pop()
        self._words.pop()
        night.wait(120)

    def stop(self) -> None:
        """Ask all to end, as a service manager does."""
        for process in self._running:
            assert self._district.stop(process) == 0

    def _start_ended(self) -> None:
        for number, process in enumerate(self._running):
            if process.poll() is not None:
                words = self._words[number]
                assert words == _NIGHT, f"{words} ended by itself: {self._district.logs()[-2000:]}"
                self._running[number] = self._district.start(*_NIGHT)

    def _kill(self, number: int) -> None:
        process = self._running[number]
        # One of its own processes sometimes, a decoder: the stage must live on without it.
        victims = [process.pid, process.pid, *descendants(process.pid)]
        victim = self._luck.choice(victims)
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
            self.kills += 1
        if victim == process.pid:
            process.wait()
            self._running[number] = self._district.start(*self._words[number])
