"""A district whose vendors deliver into a bucket, as the flow tests look at it: uploads, receipts, what is left."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.flow.district import District, eventually
from tests.servers import S3Server

__all__ = ["BucketDistrict", "MakeBucketDistrict"]

_ENDPOINT = "AWS_ENDPOINT_URL"


class BucketDistrict(District):
    """`bucket` has the vendors' folders below `vendors/`. With `told=False` it tells nobody of its objects."""

    def __init__(
        self,
        folder: Path,
        s3: S3Server,
        *,
        told: bool = True,
        versions: bool = False,
        after: str = "delete",
        **options: Any,
    ) -> None:
        self.s3 = s3.client("s3")
        self.sqs = s3.client("sqs")
        self.endpoint = s3.endpoint
        self.bucket = s3.new_bucket(versions=versions)
        queue = s3.new_queue(told_by=self.bucket if told else "")
        self.queue_url = queue.replace("sqs://", "http://")
        url = f"{queue}?bucket={self.bucket}&prefix=vendors&endpoint={s3.endpoint}"
        super().__init__(folder, inbox_url=url, after=after, **options)

    def put(self, path: str, data: bytes, *, vendor: str = "acme") -> dict[str, Any]:
        """Put an object into a vendor's inbox."""
        answer: dict[str, Any] = self.s3.put_object(Bucket=self.bucket, Key=self.key(path, vendor), Body=data)
        return answer

    def key(self, path: str, vendor: str = "acme") -> str:
        """The key of a path in a vendor's inbox."""
        return f"vendors/{vendor}/inbox/{path}"

    def keys(self, vendor: str = "acme", folder: str = "inbox") -> list[str]:
        """What lies in a vendor's folder."""
        prefix = f"vendors/{vendor}/{folder}/"
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", ())]

    def receipts(self, vendor: str = "acme") -> list[dict[str, Any]]:
        """Every receipt of a vendor, read from its folder, by delivery."""
        names = [name for name in self.keys(vendor, "receipts") if name.endswith(".json")]
        found = [self._json(f"vendors/{vendor}/receipts/{name}") for name in names]
        return sorted(found, key=lambda receipt: int(receipt["delivery"]))

    def _json(self, key: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        return read

    def send(self, events: list[str]) -> None:
        """Send events. The emulator takes the longer the more messages it holds, so they wait for each other."""
        for at in range(0, len(events), 10):
            entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(events[at : at + 10])]
            self.sqs.send_message_batch(QueueUrl=self.queue_url, Entries=entries)
            if at % 100 == 0:
                eventually(lambda: sum(self.waiting()) < 300, "the queue has room")

    def waiting(self) -> tuple[int, int]:
        """How many events nobody has received, and how many somebody has in hand."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        facts = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return int(facts[names[0]]), int(facts[names[1]])

    def aws(self, *words: str) -> None:
        """Run the AWS CLI as a vendor does."""
        self._run("aws", *words, **{_ENDPOINT: self.endpoint})

    def rclone(self, *words: str) -> None:
        """Run rclone as a vendor does; the remote is called `vendor`."""
        remote = {"TYPE": "s3", "PROVIDER": "Other", "ENV_AUTH": "true", "NO_CHECK_BUCKET": "true"}
        remote |= {"ENDPOINT": self.endpoint}
        self._run("rclone", *words, **{f"RCLONE_CONFIG_VENDOR_{name}": value for name, value in remote.items()})

    def _run(self, *command: str, **environment: str) -> None:
        # rclone does not take a bundle of certificates that this machine may name for others.
        env = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
        env |= environment | {"AWS_PAGER": "", "HOME": str(self.folder)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr


MakeBucketDistrict = Callable[..., BucketDistrict]
