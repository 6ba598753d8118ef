"""An S3 and SQS server of our own: moto, on loopback, all in memory.

It is no AWS: events have no `sequencer` and no `versionId`, a slash in a key is told as `%2F`, an object sent in
parts is told twice, and nothing is durable. What AWS and Ceph say differently is written by hand in the tests.
"""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

from tests.servers.leftovers import make_folder, remove_folder
from tests.servers.ports import free_port, is_open
from tests.servers.processes import Process, wait_until

__all__ = ["CREDENTIALS", "S3Server"]

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
_ACCOUNT = "123456789012"  # moto's


class S3Server:
    """A server that makes buckets and queues for the tests."""

    def __init__(self) -> None:
        self._folder = make_folder(Path(tempfile.gettempdir()), "s3")
        self._port = free_port()
        self._numbers = count(1)
        self._server: Process | None = None

    @property
    def endpoint(self) -> str:
        """Where S3 and SQS answer."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, and return when it answers."""
        if self._server is not None and self._server.is_alive():
            return
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)]
        environment = CREDENTIALS | {"PYTHONDONTWRITEBYTECODE": "1"}
        self._server = Process("server", command, folder=self._folder, environment=environment)
        wait_until(lambda: is_open(self._port), "the S3 server did not start", process=self._server)

    def client(self, service: str) -> Any:
        """A boto3 client, to look at what is there and to be the vendor."""
        import boto3

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", **keys)

    def new_bucket(self, *, versions: bool = False) -> str:
        """The name of an empty bucket that nobody used."""
        name = f"bucket-{next(self._numbers)}"
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name)
        if versions:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def new_queue(self, *, told_by: str = "", visibility: int = 30) -> str:
        """The `sqs://…` of an empty queue, without options; the bucket `told_by` sends it its events."""
        name = f"queue-{next(self._numbers)}"
        sqs = self.client("sqs")
        sqs.create_queue(QueueName=f"{name}-dead")
        redrive = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{_ACCOUNT}:{name}-dead", "maxReceiveCount": 5}
        attributes = {"VisibilityTimeout": str(visibility), "RedrivePolicy": json.dumps(redrive)}
        sqs.create_queue(QueueName=name, Attributes=attributes)
        if told_by:
            to = {"QueueArn": f"arn:aws:sqs:us-east-1:{_ACCOUNT}:{name}", "Events": ["s3:ObjectCreated:*"]}
            configuration = {"QueueConfigurations": [to]}
            self.client("s3").put_bucket_notification_configuration(
                Bucket=told_by, NotificationConfiguration=configuration
            )
        return f"sqs://127.0.0.1:{self._port}/{_ACCOUNT}/{name}"

    def close(self) -> None:
        """End it and remove the folder."""
        if self._server is not None:
            self._server.kill()
        remove_folder(self._folder)
