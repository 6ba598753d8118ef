"""One run: a seeded scheduler that lets everything happen in any order, then a calm end, then the oracle."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update

from pictureday.catalogue import grants, messages, rejudge, tables, vendors
from pictureday.messages import Queue
from tests.simulation.clients import Clients
from tests.simulation.crew import Crew
from tests.simulation.ground import CODES, SCHOOLS, VENDORS, Ground
from tests.simulation.nature import Killed
from tests.simulation.oracle import Oracle

__all__ = ["Told", "run", "run_with_deaths"]

STEPS = 40
_WAITS = [0.0, 0.3, 1.0, 2.5, 8.0, 35.0, 700.0]  # seconds, and how often each
_HOW_OFTEN = [10, 10, 10, 20, 10, 5, 1]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a run came to: each step in a line, how many files were dropped, and what the oracle complains of."""

    trace: tuple[str, ...]
    files: int
    complaints: tuple[str, ...]


def run(ground: Ground, seed: int) -> Told:
    """The run of this seed; the same each time."""
    story = _Story(ground, random.Random(seed))
    for _ in range(STEPS):
        story.step()
    return _told(ground, story, again=seed % 8 == 0)


def _told(ground: Ground, story: _Story, *, again: bool) -> Told:
    story.calm_down(again=again)
    oracle = Oracle(ground, story.clients, story.crew)
    complaints = (*story.complaints, *oracle.complaints())
    ends = (f"{row['id']} {row['path']} {row['state']}" for row in ground.rows(tables.files))
    return Told(trace=(*story.trace, *ends), files=len(story.clients.dropped), complaints=complaints)


_IN_ORDER = (*["ingest"] * 4, *["relay", "validate"] * 3, *["relay", "publish"] * 3, "tick", "night")


def run_with_deaths(ground: Ground, stage: str, moment: int) -> Told:
    """A plain story in which every process of one stage dies at the same moment of its work, until calm comes."""
    story = _Story(ground, random.Random(moment))
    for _ in range(4):
        story.clients.begin()
    story.clients.finish()
    for name in _IN_ORDER:
        story.act(name, dies_at=moment if name == stage else 0)
    return _told(ground, story, again=True)


class _Story:
    def __init__(self, ground: Ground, chance: random.Random) -> None:
        ground.clear()
        self._ground = ground
        self._chance = chance
        self.clients = Clients(ground.root, ground.clock, chance)
        self.crew = Crew(ground, chance)
        self.trace: list[str] = []
        self.complaints: list[str] = []
        crew, clients = self.crew, self.clients
        self._acts: dict[str, tuple[int, Callable[[], str]]] = {
            "begin": (16, clients.begin),
            "send": (30, clients.send),
            "cut": (1, clients.cut),
            "mark_done": (2, clients.mark_done),
            "ingest": (20, crew.ingest),
            "validate": (14, crew.validate),
            "publish": (8, crew.publish),
            "tick": (3, crew.tick),
            "relay": (10, crew.relay),
            "sweep": (2, crew.sweep),
            "night": (3, crew.night),
            "short_night": (1, lambda: crew.night(chance.randrange(3))),
            "grant": (2, self._grant),
            "flag": (2, self._flag),
            "suspend": (1, self._suspend),
            "restart": (3, self._restart),
            "broker": (1, self._restart_broker),
            "clock": (1, self._step_clock),
        }
        self._trouble(0.15)

    def step(self) -> None:
        """Some time passes, and something happens."""
        self._ground.clock.forward(self._chance.choices(_WAITS, _HOW_OFTEN)[0])
        name = self._chance.choices(list(self._acts), [weight for weight, _ in self._acts.values()])[0]
        if self._chance.random() < 0.2:
            self._ground.life.threaten(self._chance.randrange(1, 7))
        self._do(name, self._acts[name][1])

    def act(self, name: str, *, dies_at: int) -> None:
        """A while later, this happens; the process dies at the moment of this number, or at none (0)."""
        self._ground.clock.forward(8.0)
        self._ground.life.threaten(dies_at)
        self._do(name, self._acts[name][1])

    def calm_down(self, *, again: bool) -> None:
        """Troubles end, and everybody goes on until nothing is left to do; then a night, and another one.

        `again`: more comes when all is settled, and is settled, too.
        """
        self._trouble(0.0)
        self.clients.finish()
        self._admit_all()
        self._work_off()
        self._end_the_day()
        if again:
            for name in ("begin", "begin", "begin", "grant", "flag"):
                self._do(name, self._acts[name][1])
            self.clients.finish()
            self._work_off()
            self._end_the_day()
        self._ground.clock.forward(3700)  # what a school is to be told waits for its hour
        self.crew.tick()
        lines = self._ground.store.last_seq()
        self._do("night", self.crew.night)
        if self._ground.store.last_seq() != lines:
            self.complaints.append("a second night wrote to the store")

    def _end_the_day(self) -> None:
        self._ground.clock.forward(60)
        self._do("night", self.crew.night)
        self._work_off()

    def _work_off(self) -> None:
        for wait in [3.0, 3.0, 35.0, 3.0, 700.0, 3.0, 35.0, 3.0, 3700.0] * 4:
            self._ground.clock.forward(wait)
            self.crew.ingest()
            self.crew.sweep()
            self._deliver()
            self.crew.tick()
            if self._left() == 0 and self.crew.idle():
                return
        self.complaints.append(f"it never came to rest; {self._left()} messages are left")

    def _deliver(self) -> None:
        # A broker hands out copies of what waits for its time, so a few turns without progress mean little.
        patience = 6 if self.crew.broker else 1
        idle, left = 0, self._left()
        while left and idle < patience:
            self.crew.relay()
            self.crew.validate()
            self.crew.publish()
            before, left = left, self._left()
            idle = idle + 1 if left == before else 0

    def _left(self) -> int:
        with self._ground.catalogue.read() as tx:
            counts = messages.depths(tx)
        live = (counts[queue] for queue in (Queue.RECEIVED, Queue.VERDICTS))
        return sum(count for states in live for state, count in states.items() if state != "parked")

    def _do(self, name: str, act: Callable[[], str]) -> None:
        stage = {"tick": "publish"}.get(name, name)
        try:
            result = act()
        except Killed:
            result = "killed"
            self._excuse_mails()
            self.crew.restart(stage)
        self._ground.life.spare()
        self.trace.append(f"{self._ground.clock.monotonic():9.1f} {name} {result}")

    def _excuse_mails(self) -> None:
        # Sent, and killed before that was written down: a second copy comes, under the same Message-ID.
        waiting = {row["message_id"] for row in self._ground.rows(tables.mails) if row["state"] == "waiting"}
        self.crew.mailbox.excused |= waiting & set(self.crew.mailbox.got)

    def _trouble(self, much: float) -> None:
        self.crew.mailbox.troubled = much
        if self.crew.broker:
            self.crew.broker.trouble = much

    def _grant(self) -> str:
        vendor, school = self._chance.choice(VENDORS), self._chance.choice(list(SCHOOLS))
        with self._ground.catalogue.write() as tx:
            if school in grants.in_force(tx, vendor):
                grants.revoke(tx, vendor, school, by="principal", who="simulation")
                return f"{vendor} {school} revoked"
            grants.add(tx, vendor, school, by="principal", who="simulation")
        return f"{vendor} {school} given"

    def _flag(self) -> str:
        code, name = self._chance.choice(list(CODES)), self._chance.choice(["do_not_photograph", "enrolled"])
        table = tables.students
        with self._ground.catalogue.write() as tx:
            value = not tx.execute(select(table.c[name]).where(table.c.code == code)).scalar_one()
            tx.execute(update(table).where(table.c.code == code).values({name: value}))
            rejudge.of_students(tx, [code])
        return f"{code} {name}={value}"

    def _suspend(self) -> str:
        vendor = self._chance.choice(VENDORS)
        with self._ground.catalogue.write() as tx:
            row = vendors.find(tx, vendor) or {}
            if row["state"] == "active":
                vendors.suspend(tx, vendor, who="simulation")
            else:
                vendors.activate(tx, vendor, who="simulation")
        return f"{vendor} was {row['state']}"

    def _admit_all(self) -> None:
        # A suspended vendor's files stay where they are; here all are to be taken in the end.
        with self._ground.catalogue.write() as tx:
            for vendor in VENDORS:
                if (vendors.find(tx, vendor) or {})["state"] != "active":
                    vendors.activate(tx, vendor, who="simulation")

    def _restart(self) -> str:
        stage = self._chance.choice(["ingest", "validate", "publish"])
        self.crew.restart(stage)
        return stage

    def _restart_broker(self) -> str:
        if self.crew.broker:
            self.crew.broker.restart()
        return ""

    def _step_clock(self) -> str:
        seconds = self._chance.choice([-7200.0, -90.0, 90.0, 7200.0])
        self._ground.clock.step(seconds)
        return f"{seconds:+.0f} s"
