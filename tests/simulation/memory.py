"""Blobs, mailbox, shelves and store in memory, each a place to die at; what is in them outlives the processes."""

from __future__ import annotations

import hashlib
import io
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes
from typing import BinaryIO

from pictureday.blobs import Batch, BlobDamaged, BlobMissing, Chunk, Part, Stored
from pictureday.blobs.part import content
from pictureday.errors import Outage
from pictureday.mail import Outcome as MailOutcome
from publish.receipt import Receipt
from publish.shelf import Shelf
from sync.store import MisisStore, Outcome, Photo
from tests.simulation.nature import Life

__all__ = ["Blobs", "Mailbox", "Shelves", "Store"]


class Blobs:
    """Bytes by their hash; a batch that did not end is never seen."""

    def __init__(self, life: Life) -> None:
        self.held: dict[str, bytes] = {}
        self._life = life

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """See `Blobs.batch`."""
        batch = _Batch()
        yield batch
        self._life.moment()
        self.held |= batch.new

    def read(self, sha256: str, place: str = "") -> bytes:
        """See `Blobs.read`."""
        part = Part.parse(place) if place else Part(holder=sha256, at=0, length=1 << 40)
        if part.holder not in self.held:
            raise BlobMissing(f"The blob {sha256} is missing.")
        return content(part, lambda at, length: self.held[part.holder][at : at + length])

    def read_all(self, wanted: Mapping[str, str]) -> dict[str, bytes | BlobMissing | BlobDamaged]:
        """See `Blobs.read_all`."""
        return {sha256: self._answer(sha256, place) for sha256, place in wanted.items()}

    def found(self, sha256: str, place: str) -> bytes:
        """The bytes, or none where they are not there."""
        answer = self._answer(sha256, place)
        return answer if isinstance(answer, bytes) else b""

    def _answer(self, sha256: str, place: str) -> bytes | BlobMissing:
        try:
            return self.read(sha256, place)
        except BlobMissing as error:
            return error

    def open(self, sha256: str) -> BinaryIO:
        """See `Blobs.open`."""
        return io.BytesIO(self.read(sha256))


class _Batch:
    def __init__(self) -> None:
        self.new: dict[str, bytes] = {}

    def put(self, chunks: Iterable[Chunk]) -> Stored:
        data = b"".join(chunks)
        sha256 = hashlib.sha256(data).hexdigest()
        self.new[sha256] = data
        return Stored(sha256=sha256, size=len(data))

    def add(self, data: Chunk) -> Stored:
        return self.put([bytes(data)])


class Mailbox:
    """A mail server that is away now and then, also just after it took a mail. `got` counts by Message-ID."""

    def __init__(self, life: Life, chance: random.Random) -> None:
        self.got: Counter[str] = Counter()
        self.excused: set[str] = set()
        self.troubled = 0.0
        self._life = life
        self._chance = chance

    def send(self, body: bytes, recipients: Sequence[str]) -> MailOutcome:
        """See `Mailer.send`."""
        del recipients
        name = str(message_from_bytes(body)["Message-ID"])
        if self._chance.random() < self.troubled:
            raise Outage("The mail server is away.")
        self.got[name] += 1
        if self._chance.random() < self.troubled:
            self.excused.add(name)
            raise Outage("The mail server went away.")
        try:
            self._life.moment()
        except BaseException:
            self.excused.add(name)
            raise
        return MailOutcome()


class Shelves:
    """Every vendor's receipts, by their stem."""

    def __init__(self, life: Life) -> None:
        self.receipts: dict[str, Receipt] = {}
        self._life = life

    def of(self, inbox: str, vendor: str) -> Shelf:
        """See `Shelves.of`; the stem tells deliveries of all vendors apart."""
        del inbox, vendor
        return self

    def put(self, stem: str, receipt: Receipt) -> None:
        """See `Shelf.put`."""
        self.receipts[stem] = receipt
        self._life.moment()

    def holds(self, stem: str, receipt: Receipt) -> bool:
        """See `Shelf.holds`."""
        return self.receipts.get(stem) == receipt


class Store(MisisStore):
    """The store; whoever writes to it may die just before and just after its commit."""

    life: Life

    def apply(self, batch: Sequence[Photo], *, night_id: int, at: datetime) -> dict[int, Outcome]:
        """See `MisisStore.apply`."""
        self.life.moment()
        outcomes = super().apply(batch, night_id=night_id, at=at)
        self.life.moment()
        return outcomes
