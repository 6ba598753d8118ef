"""Every form that an event comes in, as AWS, SNS, EventBridge, Ceph and MinIO write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.bucket.events import Created, Told, read_event

KEY = "vendors/acme/inbox/this im + age 100% ünï.jpg"
ENCODED = "vendors/acme/inbox/this+im+%2B+age+100%25+%C3%BCn%C3%AF.jpg"


def record(key: str, *, source: str = "aws:s3", name: str = "ObjectCreated:Put", **thing: Any) -> dict[str, Any]:
    """One record of a bucket's event, with what stands in AWS's beside it."""
    return {
        "eventVersion": "2.1",
        "eventSource": source,
        "awsRegion": "us-west-2",
        "eventTime": "2026-10-05T15:30:00.000Z",
        "eventName": name,
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "inbox",
            "bucket": {"name": "photos", "ownerIdentity": {"principalId": "A3NL"}, "arn": "arn:aws:s3:::photos"},
            "object": {"key": key, "size": 20_000, **thing},
        },
    }


def told(*records: dict[str, Any]) -> Told:
    """What a message of these records tells."""
    return read_event(json.dumps({"Records": list(records)}))


def test_s3_to_sqs() -> None:
    """AWS's keys are decoded once: a plus is a space, `%2B` a plus, `%25` a per cent sign."""
    thing = {"eTag": "d41d8", "versionId": "v1", "sequencer": "0055AED6DCD90281E5"}
    one = Created(bucket="photos", keys=(KEY, ENCODED), etag="d41d8", version="v1", sequencer="0055AED6DCD90281E5")
    assert told(record(ENCODED, **thing)).created == (one,)


def test_s3_to_sns_to_sqs() -> None:
    """SNS wraps the very same text, once."""
    inner = json.dumps({"Records": [record(ENCODED)]})
    message = {"Type": "Notification", "TopicArn": "arn:aws:sns:us-west-2:1:photos", "Message": inner}
    assert read_event(json.dumps(message)) == read_event(inner)
    assert read_event(inner).created[0].keys[0] == KEY


def test_event_bridge() -> None:
    """EventBridge tells one object a message, under other names, and its key as it is."""
    detail = {
        "bucket": {"name": "photos"},
        "object": {"key": KEY, "size": 20_000, "etag": "d41d8", "version-id": "v1", "sequencer": "00617F08299329D189"},
        "reason": "PutObject",
    }
    message = {"version": "0", "detail-type": "Object Created", "source": "aws.s3", "detail": detail}
    (one,) = read_event(json.dumps(message)).created
    assert (one.keys[0], one.etag, one.version, one.sequencer) == (KEY, "d41d8", "v1", "00617F08299329D189")
    gone = message | {"detail-type": "Object Deleted"}
    assert read_event(json.dumps(gone)) == Told(nothing="removed")


@pytest.mark.parametrize(
    "name", ["ObjectCreated:Put", "s3:ObjectCreated:Put", "s3:ObjectCreated:CompleteMultipartUpload"]
)
def test_ceph(name: str) -> None:
    """Ceph's keys are as they are, so that reading is tried first; and its sequencer is none."""
    thing = {"eTag": "d41d8", "versionId": "", "sequencer": "2131056BC19C1222"}
    (one,) = told(record("vendors/acme/inbox/a+b%20c.jpg", source="ceph:s3", name=name, **thing)).created
    assert one.keys == ("vendors/acme/inbox/a+b%20c.jpg", "vendors/acme/inbox/a b c.jpg")
    assert (one.etag, one.version) == ("d41d8", "")
    assert one.sequencer == ""  # its last byte comes first: it orders nothing


def test_a_slash_that_is_encoded() -> None:
    """MinIO and moto write `%2F` where AWS writes a slash."""
    (one,) = told(record("vendors%2Facme%2Finbox%2F000000A001.jpg", source="minio:s3")).created
    assert one.keys[0] == "vendors/acme/inbox/000000A001.jpg"


def test_a_key_that_reads_the_same_either_way() -> None:
    """There is one reading of it, and so one thing to ask for."""
    (one,) = told(record("vendors/acme/inbox/000000A001.jpg")).created
    assert one.keys == ("vendors/acme/inbox/000000A001.jpg",)


def test_several_records_in_one_message() -> None:
    """Each that tells of a new object counts; removals beside them don't."""
    found = told(record("a"), record("b", name="ObjectRemoved:Delete"), record("c", name="ObjectCreated:Copy"))
    assert [one.keys[0] for one in found.created] == ["a", "c"]


def test_what_was_put_before_the_bucket_had_versions() -> None:
    """Its version is called null, and it is asked for without one."""
    (one,) = told(record("a", versionId="null")).created
    assert one.version == ""


def test_the_message_that_sets_a_notification_up() -> None:
    """`s3:TestEvent` has no records, and tells of nothing."""
    message = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos", "RequestId": "5582"}
    assert read_event(json.dumps(message)) == Told(nothing="test")


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "7", "null", "{}", '{"Records": 7}', '{"Records": [{}]}', '{"Records": [{"eventName": 7}]}',
     '{"Type": "Notification", "Message": 7}', '{"source": "aws.s3", "detail-type": "Object Created"}',
     '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": null}}}]}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_event(text: str) -> None:
    """Nobody's message is an error: it is unknown, and is dealt with."""
    assert read_event(text) == Told(nothing="unknown")


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    """Whatever it says, reading it never raises."""
    assert read_event(text).created == ()
