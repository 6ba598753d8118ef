"""URLs of buckets and queues: what they name, and what is wrong with those that name nothing."""

from __future__ import annotations

import pytest

from pictureday.bucketurl import BucketUrl, EventsUrl

SQS = "sqs://sqs.us-west-2.amazonaws.com/123456789012/pictureday?bucket=photos"


def test_a_bucket_with_everything() -> None:
    """All options are read, slashes around the prefix don't matter, and its name has none of the options."""
    place = BucketUrl.parse("s3://photos/a/b/?region=us-west-2&endpoint=https://s3.x.example&sse=aws:kms&kms_key=k")
    assert place == BucketUrl(
        bucket="photos", prefix="a/b", region="us-west-2", endpoint="https://s3.x.example", sse="aws:kms", kms_key="k"
    )
    assert str(place) == "s3://photos/a/b"
    assert place.key("acme", "inbox") == "a/b/acme/inbox"


def test_a_bucket_without_a_prefix() -> None:
    """Its keys begin without a slash."""
    place = BucketUrl.parse("s3://photos")
    assert (str(place), place.key("acme"), place.key("")) == ("s3://photos", "acme", "")


def test_a_queue_of_aws() -> None:
    """It is the queue's own URL with another scheme, and its region is the bucket's."""
    events = EventsUrl.parse(f"{SQS}&prefix=vendors")
    assert events.queue == "https://sqs.us-west-2.amazonaws.com/123456789012/pictureday"
    assert events.place == BucketUrl(bucket="photos", prefix="vendors", region="us-west-2")
    assert events.is_sqs


def test_a_queue_of_a_local_server() -> None:
    """Without TLS only where the endpoint is without it."""
    events = EventsUrl.parse("sqs://127.0.0.1:5000/1/q?bucket=photos&endpoint=http://127.0.0.1:5000")
    assert events.queue == "http://127.0.0.1:5000/1/q"


def test_a_queue_of_rabbitmq() -> None:
    """What is not ours stays in its URL."""
    url = "amqps://me:pw@mq.example/photos?heartbeat=10&queue=events&bucket=photos&prefix=vendors&endpoint=https://x.example"
    events = EventsUrl.parse(url)
    assert (events.queue, events.name) == ("amqps://me:pw@mq.example/photos?heartbeat=10", "events")
    assert (str(events.place), events.place.endpoint) == ("s3://photos/vendors", "https://x.example")
    assert not events.is_sqs


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://", "name a bucket"),
        ("s3://Photos/x", "lower-case"),
        ("s3://user:pw@photos/x", "lower-case"),
        ("s3://photos?colour=red", "no option colour"),
        ("s3://photos?sse=rot13", "AES256"),
        ("s3://photos?kms_key=k", "sse=aws:kms"),
        ("s3://photos?endpoint=s3.x.example", "https://"),
        ("s3://photos/a#b", "%23"),
        ("file:/photos", "s3://"),
    ],
)
def test_what_is_no_bucket(url: str, said: str) -> None:
    """Each mistake is told in its own words."""
    with pytest.raises(ValueError, match=said):
        BucketUrl.parse(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqs://pictureday?bucket=photos", "HOST/ACCOUNT/QUEUE"),
        ("sqs://sqs.us-west-2.amazonaws.com/1/q", "bucket="),
        (f"{SQS}&queue=x", "no option queue"),
        ("amqp://mq.example/v?bucket=photos", "name the queue"),
        ("amqp://mq.example/v?queue=q", "bucket="),
        ("https://sqs.us-west-2.amazonaws.com/1/q?bucket=photos", "sqs://"),
    ],
)
def test_what_is_no_queue(url: str, said: str) -> None:
    """Each mistake is told in its own words."""
    with pytest.raises(ValueError, match=said):
        EventsUrl.parse(url)
