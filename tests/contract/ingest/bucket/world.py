"""A real bucket and queue, a catalogue and blobs, and an ingester whose clock the test turns."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from sqlalchemy import select

from ingest.bucket import BucketIngester
from ingest.bucket.holding import Holding
from pictureday import blobs
from pictureday.catalogue import Catalogue, tables, vendors
from pictureday.config import Inbox, decoded
from tests.contract.ingest.world import Clock
from tests.servers import S3Server

__all__ = ["World"]

_TIMES = {"quiet": 5, "grace": 60, "reconcile": 1000}
_VISIBLE, _TAKEN = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
_ON_ITS_WAY = 0.2  # seconds that an event may be the server's no more and ours not yet
_LIMIT = 30.0  # seconds that anything may take


class World:
    """The vendors `acme` and `other`, both active, in a bucket that tells nobody: the tests write the events."""

    def __init__(self, folder: Path, s3: S3Server, *, after: str = "delete", versions: bool = False) -> None:
        self.s3 = s3.client("s3")
        self.sqs = s3.client("sqs")
        self.bucket = s3.new_bucket(versions=versions)
        queue = s3.new_queue()
        self.queue_url = queue.replace("sqs://", "http://")
        url = self.inbox_url(queue, s3.endpoint)
        self.clock = Clock()
        self.inbox = Inbox(url=url, after=after)
        self.settings = decoded(
            {"ingest": _TIMES, "inboxes": [{"url": url, "after": after}], "blobs": {"url": f"file:{folder}/blobs"}}
        )
        self.catalogue = Catalogue.open(f"sqlite:///{folder}/catalogue.db")
        self.blobs = blobs.connect(self.settings.blobs.url)
        with self.catalogue.write() as tx:
            for vendor in ("acme", "other"):
                vendors.add(tx, vendor, who="test", active=True)
        self.ingester = self.started()

    def inbox_url(self, queue: str, endpoint: str) -> str:
        """What the setting says."""
        return f"{queue}?bucket={self.bucket}&prefix=vendors&endpoint={endpoint}"

    @property
    def holding(self) -> Holding:
        """The ingester's hold on the inbox."""
        return self.ingester._holding

    def started(self) -> BucketIngester:
        """Another process's ingester of the same inbox."""
        return BucketIngester(
            self.inbox, self.settings, self.catalogue, self.blobs, wake=lambda: None, clock=self.clock
        )

    def put(self, path: str, data: bytes, *, vendor: str = "acme") -> dict[str, str]:
        """Put an object into a vendor's inbox; what the server answered, for its event."""
        answer = self.s3.put_object(Bucket=self.bucket, Key=self.key(path, vendor), Body=data)
        return {"eTag": answer["ETag"].strip('"'), "versionId": answer.get("VersionId", "")}

    def tell(self, path: str, *, vendor: str = "acme", key: str = "", source: str = "aws:s3", **thing: str) -> None:
        """Send the event of an object as AWS does, unless `key` says how it is written."""
        thing = {"key": key or quote_plus(self.key(path, vendor), safe="/")} | {k: v for k, v in thing.items() if v}
        event = {"eventName": "ObjectCreated:Put", "eventSource": source}
        self.send(json.dumps({"Records": [event | {"s3": {"bucket": {"name": self.bucket}, "object": thing}}]}))

    def send(self, body: str) -> None:
        """Send any message."""
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)

    def drop(self, path: str, data: bytes, *, vendor: str = "acme", **thing: str) -> None:
        """Put an object and tell of it."""
        self.tell(path, vendor=vendor, **self.put(path, data, vendor=vendor) | thing)

    def go(self, *, seconds: float = 0.0) -> None:
        """Let the ingester work until it has nothing in hand, then turn its clock and let it work again."""
        self._settle()
        if seconds:
            self.clock.time += seconds
            self._settle()

    def _settle(self) -> None:
        limit, calm = time.monotonic() + _LIMIT, 0
        while calm < 5:
            assert time.monotonic() < limit, "the ingester does not come to rest"
            self.clock.time += 0.01  # what is looked at now and then is looked at, and nothing grows old
            self.ingester.ring()
            self.ingester.step()
            while self.ingester.unpack() == 0:
                pass
            calm = calm + 1 if self._is_calm() else 0
            time.sleep(_ON_ITS_WAY / 5 if calm else 0)

    def _is_calm(self) -> bool:
        shift = self.ingester._shift
        assert shift is not None
        post = shift._post
        in_hand = len(shift._line) or len(shift._intake) or not shift._care.is_idle or shift._sweeper.is_listing
        return not (in_hand or post._new or post._left.keys() - post._parked or self._count(_VISIBLE))

    def keys(self, folder: str = "") -> list[str]:
        """What lies in the bucket, below the prefix."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"vendors/{folder}").get("Contents", ())
        return [item["Key"].removeprefix("vendors/") for item in found]

    def key(self, path: str, vendor: str = "acme") -> str:
        """The key of a path in a vendor's inbox."""
        return f"vendors/{vendor}/inbox/{path}"

    def waiting(self) -> int:
        """Messages in the queue, received or not; those that are dealt with are given a moment to be deleted."""
        limit = time.monotonic() + 2
        while (count := self._count(_VISIBLE, _TAKEN)) and time.monotonic() < limit:
            time.sleep(0.02)
        return count

    def _count(self, *names: str) -> int:
        facts = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return sum(int(facts[name]) for name in names)

    def files(self) -> list[tuple[str, str]]:
        """The path and state of every file, by number."""
        return [(row["path"], row["state"]) for row in self.rows(tables.files)]

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """Every row of a table."""
        with self.catalogue.read() as tx:
            return [dict(row) for row in tx.execute(select(table).order_by(*table.primary_key)).mappings()]

    def deliveries(self) -> list[tuple[str, str, str]]:
        """Every delivery: vendor, name, state."""
        return [(row["vendor"], row["name"], row["state"]) for row in self.rows(tables.deliveries)]

    def notices(self) -> list[str]:
        """What ops are told."""
        return [row["text"] for row in self.rows(tables.notices)]

    def close(self) -> None:
        """End it."""
        self.ingester.stop()
        self.catalogue.close()
