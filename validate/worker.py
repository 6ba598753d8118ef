"""The validator: takes photos that wait for a verdict, has them decoded, and gives the verdicts.

The decoding happens outside any transaction and in other processes; the verdicts of a message, the
states they change and the deletion of the message are one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import structlog

from pictureday.blobs import Batch, Blobs, Part
from pictureday.bus import Bus, Taken
from pictureday.catalogue import Catalogue, files, messages
from pictureday.config import Settings
from pictureday.log import get_logger
from pictureday.messages import FileState, PhotosReceived
from pictureday.reasons import Finding
from validate.decoders import Decoders
from validate.judged import Judged, Rendition
from validate.verdict import Kept, Verdicts, give

__all__ = ["Validator"]

_TOGETHER = 64_000_000  # bytes of photos in memory at once
_COLUMNS = ("id", "delivery_id", "state", "sha256", "place", "bytes", "findings")
_UNCHECKED = Judged(findings=(Finding(code="could_not_be_checked"),), width=None, height=None, rendition=None)


class Validator:
    """Handles the messages of the `received` queue."""

    def __init__(self, settings: Settings, catalogue: Catalogue, blobs: Blobs, bus: Bus) -> None:
        self._catalogue = catalogue
        self._blobs = blobs
        self._bus = bus
        self._most = settings.ingest.file_bytes
        self._profile = settings.profile.numbers
        limits = settings.validate_
        self._turn = threading.Lock()  # the decoders serve one caller at a time; the others commit meanwhile
        self._decoders = Decoders(
            processes=limits.processes, seconds=limits.seconds, memory=limits.memory, profile=self._profile
        )

    def handle(self, taken: Taken) -> None:
        """Give every photo of the message its verdict."""
        rows = self._rows(taken)
        judged = self._judged(rows)
        self._give(taken, Verdicts(rows=rows, judged=judged, renditions=self._keep(rows, judged)))

    def park(self, tx: Any, taken: Taken) -> None:
        """The message failed too often: its photos are quarantined, never accepted, so that their delivery closes.

        Photos that were to be judged again are in quarantine already, and stay there with the reasons they have.
        """
        rows = self._rows(taken)
        if isinstance(taken.message, PhotosReceived) and taken.message.again:
            return
        verdicts = Verdicts(rows=rows, judged={row["id"]: _UNCHECKED for row in rows}, renditions={})
        give(tx, verdicts, feed=self._bus.has_feed)

    def close(self) -> None:
        """End the decoder processes."""
        self._decoders.close()

    def _rows(self, taken: Taken) -> list[dict[str, Any]]:
        if not isinstance(taken.message, PhotosReceived):
            raise TypeError(f"the queue {taken.message.queue} holds no photos to judge")
        again = taken.message.again
        with self._catalogue.read() as tx:
            return [row for row in files.find_all(tx, taken.message.photo_ids, _COLUMNS) if _is_due(row, again=again)]

    def _judged(self, rows: Sequence[dict[str, Any]]) -> dict[int, Judged]:
        judged: dict[int, Judged] = {}
        for group in _groups(rows):
            small = [row for row in group if row["bytes"] <= self._most]
            judged |= {row["id"]: self._too_big(row) for row in group if row["bytes"] > self._most}
            judged |= self._decoded(small)
        return judged

    def _decoded(self, rows: Sequence[dict[str, Any]]) -> dict[int, Judged]:
        there = self._read(rows)
        with self._turn:
            verdicts = self._decoders.judge_all(list(there.values()))
        found = dict(zip(there, verdicts, strict=True))
        return {row["id"]: found.get(row["id"], _UNCHECKED) for row in rows}

    def _read(self, rows: Sequence[dict[str, Any]]) -> dict[int, bytes]:
        found = self._blobs.read_all({row["sha256"]: row["place"] for row in rows})
        there: dict[int, bytes] = {}
        for row in rows:
            data = found[row["sha256"]]
            if isinstance(data, bytes):
                there[row["id"]] = data
            else:
                get_logger().error("blob_lost", photo_id=row["id"], trouble=str(data))
        return there

    def _too_big(self, row: dict[str, Any]) -> Judged:
        facts = {"bytes": row["bytes"], "most": self._profile.most_bytes}
        return Judged(findings=(Finding(code="too_big", facts=facts),), width=None, height=None, rendition=None)

    def _keep(self, rows: Sequence[dict[str, Any]], judged: dict[int, Judged]) -> dict[int, Kept]:
        with self._blobs.batch() as batch:
            return {
                row["id"]: _kept(batch, rendition, row)
                for row in rows
                if (rendition := judged[row["id"]].rendition) is not None
            }

    def _give(self, taken: Taken, verdicts: Verdicts) -> None:
        with self._catalogue.write() as tx:
            if not messages.finish(tx, taken.id, taken.owner):
                return  # handled already, or by somebody else now
            reasons = give(tx, verdicts, feed=self._bus.has_feed)
        with structlog.contextvars.bound_contextvars(message_id=taken.id):
            get_logger().info("photos_judged", photos=len(verdicts.rows), with_reasons=len(reasons))


def _kept(batch: Batch, rendition: Rendition, row: dict[str, Any]) -> Kept:
    # What nothing had to be taken out of is the delivered file itself, and what is pieces of it is read from there:
    # both are safe already.
    if rendition.sha256 == row["sha256"]:
        return Kept(row["sha256"], row["place"], row["bytes"])
    if rendition.pieces:
        whole = Part.parse(row["place"]) if row["place"] else Part(holder=row["sha256"], at=0, length=row["bytes"])
        return Kept(rendition.sha256, str(whole._replace(pieces=rendition.pieces)), rendition.size)
    stored = batch.add(rendition.data)
    return Kept(stored.sha256, stored.place, stored.size)


def _is_due(row: dict[str, Any], *, again: bool) -> bool:
    if again:
        return bool(row["state"] == FileState.QUARANTINED)
    # A parked message that is replayed finds its photos where parking has put them.
    unchecked = any(stored["code"] == "could_not_be_checked" for stored in row["findings"])
    return bool(row["state"] == FileState.RECEIVED or (row["state"] == FileState.QUARANTINED and unchecked))


def _groups(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        if group and size + row["bytes"] > _TOGETHER:
            yield group
            group, size = [], 0
        group.append(row)
        size += row["bytes"]
    if group:
        yield group
