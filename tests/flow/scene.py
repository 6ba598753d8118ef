"""What can be seen of a running pipeline from outside, and how it is caught in the middle of a stage.

Every number of a `Scene` counts things that were begun and are not ended. To look at them at rest, the processes
are stopped (SIGSTOP) before the last look: what is seen then is what they die with.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import ColumnElement, Select, Table, func, or_, select

from pictureday.catalogue import tables
from pictureday.messages import Queue
from sync import MisisStore
from tests.flow.district import District
from tests.servers.smtp import Mailbox

__all__ = ["Caught", "Gate", "Moment", "RanPast", "Scene", "catch"]

_LIMIT = 90.0  # seconds until a moment must have come
_HELPING = 8.0  # seconds until there must be more work for it to come
_drops, _files, _messages = tables.drops, tables.files, tables.messages
_NO_PHOTO = ("ignored", "index")


class RanPast(AssertionError):
    """A watched process ended before its moment was seen."""


class Gate(Mailbox):
    """A mail server that takes mails over but, while it is shut, does not say so."""

    def __init__(self) -> None:
        super().__init__()
        self.shut = True
        self.unanswered = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Called by aiosmtpd; it is cancelled when the client goes."""
        answer = await super().handle_DATA(server, session, envelope)
        self.unanswered += 1
        try:
            while self.shut:
                await asyncio.sleep(0.01)
        finally:
            self.unanswered -= 1
        return answer


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Stages in the middle of their work: every number named in `needs` (methods of `Scene`) is above zero."""

    stages: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Caught:
    """A moment that was met, and the numbers that show it."""

    stages: tuple[str, ...]
    seen: dict[str, int]


class Scene:
    """A district as it is now. `begin` is called before the processes that are watched next are started."""

    def __init__(self, district: District, gate: Gate) -> None:
        self._catalogue = district.catalogue
        self._store = MisisStore.open(district.settings.misis.url)
        self._temporary = Path(district.settings.blobs.url.removeprefix("file:")) / ".tmp"
        self._inboxes = district.inboxes
        self._gate = gate
        self.begin()

    def begin(self) -> None:
        """Leave out of the numbers what earlier processes have left behind."""
        self._debris = self._names()
        self._seq = self._store.last_seq()
        with self._catalogue.read() as tx:
            self._dead = set(tx.execute(select(_messages.c.owner).where(_messages.c.owner.is_not(None))).scalars())

    def sees(self, moment: Moment) -> dict[str, int]:
        """The numbers that the moment needs; empty where one of them is zero."""
        seen: dict[str, int] = {}
        for name in moment.needs:
            seen[name] = getattr(self, name)()
            if not seen[name]:
                return {}
        return seen

    def recorded(self) -> int:
        """Drops on record whose bytes are not in the catalogue: in the inbox, taken, or being copied."""
        return self._count(_drops, _drops.c.state == "recorded")

    def temporaries(self) -> int:
        """Blobs that are being written."""
        return len(self._names() - self._debris)

    def standing(self) -> int:
        """Stored files that still lie in `.taken`."""
        return self._count(_drops, _drops.c.state.in_(("stored", "done")) & ~_drops.c.removed)

    def archives(self) -> int:
        """Archives that are being checked or unpacked."""
        return self._count(_drops, _drops.c.state == "stored")

    def entered(self) -> int:
        """Photos that are in the catalogue, of archives of which others are not."""
        unpacking = select(_drops.c.id).where(_drops.c.state == "stored")
        return self._count(_files, _files.c.drop_id.in_(unpacking))

    def unjudged(self) -> int:
        """Photos without a verdict."""
        return self._count(_files, _files.c.state == "received")

    def all_judged(self) -> int:
        """Whether there is none of these."""
        return int(not self.unjudged())

    def judged(self) -> int:
        """Photos with a verdict."""
        return self._count(_files, _files.c.judged_at.is_not(None) & _files.c.state.not_in(_NO_PHOTO))

    def judging(self) -> int:
        """Messages in a validator's hand."""
        return self._in_hand(Queue.RECEIVED)

    def telling(self) -> int:
        """Messages in a publisher's hand."""
        return self._in_hand(Queue.VERDICTS)

    def at_the_broker(self) -> int:
        """Photos' messages that only the broker can deliver."""
        said = (_messages.c.queue == Queue.RECEIVED) & (_messages.c.state == "said")
        return self._count(_messages, said & _messages.c.owner.is_(None))

    def untold(self) -> int:
        """Complete deliveries without a receipt."""
        table = tables.deliveries
        return self._count(table, (table.c.state != "open") & (table.c.pending == 0) & table.c.told_at.is_(None))

    def unmailed(self) -> int:
        """Reports that are in no mail."""
        return self._count(tables.reports, tables.reports.c.mail_id.is_(None))

    def unanswered(self) -> int:
        """Mails that the server has, and of which the sender does not know so."""
        return self._gate.unanswered

    def accepted(self) -> int:
        """Photos that wait for the night to bring them to MiSiS."""
        return self._count(_files, _files.c.state == "accepted")

    def stored(self) -> int:
        """Photos that this night has put into the store."""
        return len(self._store.ledger_after(self._seq, 10_000))

    def ahead(self) -> int:
        """Photos that the store has and the catalogue does not know of."""
        ids = [row.photo_id for row in self._store.ledger_after(self._seq, 10_000)]
        return self._count(_files, _files.c.id.in_(ids) & (_files.c.state == "accepted"))

    def parked(self) -> int:
        """Messages that were put aside."""
        return self._count(_messages, _messages.c.state == "parked")

    def unfinished(self) -> int:
        """Whatever is left to take, clear, unpack, judge, close, tell, gather or send."""
        lying = sum(path.is_file() for path in self._inboxes.glob("*/inbox/**/*"))
        table, mails = tables.deliveries, tables.mails
        queued = _messages.c.queue.in_((Queue.RECEIVED, Queue.VERDICTS))
        return lying + sum(
            (
                self._count(_drops, or_(_drops.c.state != "done", ~_drops.c.removed)),
                self._count(table, or_(table.c.state == "open", table.c.pending > 0, table.c.told_at.is_(None))),
                self._count(_messages, queued),
                self.unmailed(),
                self._count(mails, mails.c.state == "waiting"),
            )
        )

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _in_hand(self, queue: Queue) -> int:
        held = (_messages.c.queue == queue) & _messages.c.state.in_(("leased", "said")) & _messages.c.owner.is_not(None)
        return self._count(
            _messages, held & _messages.c.owner.not_in(self._dead) & (_messages.c.lease_until > datetime.now(UTC))
        )

    def _count(self, table: Table, which: ColumnElement[bool]) -> int:
        query: Select[Any] = select(func.count()).select_from(table).where(which)
        with self._catalogue.read() as tx:
            return int(tx.execute(query).scalar_one())

    def _names(self) -> set[str]:
        with suppress(FileNotFoundError):
            return {path.name for path in self._temporary.iterdir()}
        return set()


def catch(
    scene: Scene,
    moment: Moment,
    processes: Sequence[subprocess.Popen[bytes]],
    strike: Callable[[], object],
    helping: Callable[[], object],
) -> Caught:
    """Wait until the moment has come, and `strike` while `processes` stand still in it.

    A moment that a fast machine ran past comes again with a `helping` of more work.
    """
    limit = time.monotonic() + _LIMIT
    more = time.monotonic() + _HELPING
    while not (seen := scene.sees(moment) and _struck(scene, moment, processes, strike)):
        assert time.monotonic() < limit, f"never seen in {_LIMIT} s: {moment}"
        if any(process.poll() is not None for process in processes):
            raise RanPast(f"ended before it was seen: {moment}")
        if time.monotonic() > more:
            more = time.monotonic() + _HELPING
            helping()
        time.sleep(0.001)
    return Caught(stages=moment.stages, seen=seen)


def _struck(
    scene: Scene, moment: Moment, processes: Sequence[subprocess.Popen[bytes]], strike: Callable[[], object]
) -> dict[str, int]:
    with _standing_still(processes):
        seen = scene.sees(moment)
        if seen:
            strike()
    return seen


@contextmanager
def _standing_still(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    for process in processes:
        os.killpg(process.pid, signal.SIGSTOP)
    while not all(_is_stopped(process.pid) for process in processes):
        time.sleep(0.0005)
    try:
        yield
    finally:
        for process in processes:
            with suppress(ProcessLookupError):  # it was struck
                os.killpg(process.pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    return all(_stands_still(thread) for thread in Path(f"/proc/{pid}/task").iterdir())


def _stands_still(thread: Path) -> bool:
    state = _state(thread)
    # While it starts a process, a thread waits for the new one, which may be stopped before it has begun: neither
    # can move, but the thread does not count as stopped.
    children = (thread / "children").read_text().split() if state == "D" else []
    return state in "TZX" or any(_state(Path("/proc") / child) == "T" for child in children)


def _state(process: Path) -> str:
    try:
        return (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"  # it has ended
