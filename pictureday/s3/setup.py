"""Making a bucket, and a queue that hears of what is put into it: for the demo and the tests.

A district's are made by deploy/aws, for our own roles may not do this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode, urlsplit

from pictureday.bucketurl import BucketUrl
from pictureday.errors import Outage
from pictureday.s3.client import client
from pictureday.s3.troubles import troubles

__all__ = ["make_inbox"]

_RECEIVED = 5  # times, then a message goes to the dead-letter queue; as deploy/aws has it
_HOME = "us-east-1"  # the one region that must not be named when a bucket is made


def make_inbox(place: BucketUrl) -> str:
    """Make the bucket of `place`, and a queue of its name that hears of each new object below the prefix.

    S3 and SQS must both answer at the endpoint of `place`. Returns the inbox's `sqs://…`; raises `Outage`.
    """
    # The queue comes first: a server without any is left without a bucket too.
    with _answers(place, f"The queue {place.bucket}"):
        sqs = client("sqs", place)
        queue = _make_queue(sqs, place.bucket)
        arn = _arn(sqs, queue)
    with _answers(place, f"The bucket {place.bucket}"):
        s3 = client("s3", place)
        _make_bucket(s3, place.bucket)
        _tell(s3, place, arn)
    return _url(place, queue)


@contextmanager
def _answers(place: BucketUrl, what: str) -> Iterator[None]:
    """Re-raise what is wrong with the server itself; all else is told as everywhere."""
    from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, SSLError

    with troubles(what):
        try:
            yield
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            fix = "Start the server, or check the address."
            raise Outage(f"Nobody answers at {place.endpoint}.", fix=fix) from error
        except SSLError as error:
            fix = "If it has none, write http://; else set AWS_CA_BUNDLE to what it is trusted by."
            raise Outage(f"What answers at {place.endpoint} has no TLS that we trust.", fix=fix) from error
        except ClientError as error:
            if not _is_understood(error.response):
                fix = "Take a server that does, like moto or LocalStack."
                raise Outage(f"What answers at {place.endpoint} does not speak S3 and SQS.", fix=fix) from error
            raise


def _is_understood(answer: dict[str, Any]) -> bool:
    # Whoever knows the question has a word for what is wrong; where there is none, botocore shows the status.
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status != 501 and not str(answer.get("Error", {}).get("Code", "")).isdigit()


def _make_queue(sqs: Any, name: str) -> str:
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    redrive = {"deadLetterTargetArn": _arn(sqs, dead), "maxReceiveCount": _RECEIVED}
    attributes = {"RedrivePolicy": json.dumps(redrive), "Policy": json.dumps(_may_tell(name))}
    return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def _may_tell(bucket: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _arn(sqs: Any, queue: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def _make_bucket(s3: Any, name: str) -> None:
    region = s3.meta.region_name
    options = {} if region == _HOME else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **options)


def _tell(s3: Any, place: BucketUrl, arn: str) -> None:
    queue: dict[str, Any] = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    if place.prefix:
        rule = {"Name": "prefix", "Value": place.key("")}
        queue["Filter"] = {"Key": {"FilterRules": [rule]}}
    s3.put_bucket_notification_configuration(
        Bucket=place.bucket, NotificationConfiguration={"QueueConfigurations": [queue]}
    )


def _url(place: BucketUrl, queue: str) -> str:
    # The server's own name for itself may be known to nobody else; only ACCOUNT/QUEUE is taken from it.
    path = "/".join(urlsplit(queue).path.split("/")[-2:])
    options = {name: value for name, value in asdict(place).items() if value}
    return f"sqs://{urlsplit(place.endpoint).netloc}/{path}?{urlencode(options, safe='/:')}"
