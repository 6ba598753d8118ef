"""What is wrong with a bucket is told in a sentence that says what to mend."""

from __future__ import annotations

import base64
import hashlib

import pytest

from pictureday.blobs import connect
from pictureday.bucketurl import BucketUrl, EventsUrl
from pictureday.errors import Outage
from pictureday.s3 import Bucket, ObjectChanged, ObjectDenied, Queue
from tests.contract.s3.conftest import Answers
from tests.servers import S3Server
from tests.servers.ports import free_port


def said(code: str, message: str) -> bytes:
    """S3's answer to what it refuses."""
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


def test_a_bucket_that_does_not_exist(s3: S3Server) -> None:
    """The name, the region or the endpoint is wrong."""
    bucket = Bucket(BucketUrl(bucket="no-such-bucket", endpoint=s3.endpoint))
    with pytest.raises(Outage, match=r"The bucket no-such-bucket does not exist\. Check its name, region and endpoint"):
        bucket.get("a")
    with pytest.raises(Outage, match="does not exist"):
        next(bucket.pages(""))


def test_a_queue_that_does_not_exist(s3: S3Server) -> None:
    """It is named, and where to look."""
    url = f"{s3.new_queue()}-not?bucket=photos&endpoint={s3.endpoint}"
    with pytest.raises(Outage, match=r"The queue queue-\d+-not does not exist"):
        Queue(EventsUrl.parse(url)).receive(wait=0, visibility=30)


def test_nobody_answers() -> None:
    """The line is down: it is tried again."""
    bucket = Bucket(BucketUrl(bucket="photos", endpoint=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(Outage, match=r"The bucket photos can't be reached: .*It is tried again by itself"):
        bucket.get("a")


def test_there_are_no_credentials(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they may come from is told."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(Outage, match=r"needs credentials, and there are none\. Give the machine or task a role"):
        Bucket(BucketUrl(bucket="photos", endpoint=s3.endpoint)).get("a")


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "InvalidAccessKeyId", "The bucket photos refuses our credentials: As told. Renew them"),
        (403, "SignatureDoesNotMatch", "refuses our credentials"),
        (400, "ExpiredToken", "refuses our credentials"),
        (301, "PermanentRedirect", r"is in another region \(eu-west-1\)\. Set it in the URL"),
        (404, "NoSuchBucket", "does not exist"),
        (400, "Strange", "can't be used now: As told. It is tried again"),
    ],
)
def test_what_the_server_refuses(answers: Answers, status: int, code: str, sentence: str) -> None:
    """Each of AWS's answers becomes the sentence that helps; none of them is about one object."""
    answers.queue = [(status, {"x-amz-bucket-region": "eu-west-1"}, said(code, "As told."))]
    with pytest.raises(Outage, match=sentence) as raised:
        answers.bucket.get("a")
    assert not isinstance(raised.value, ObjectDenied)


def test_one_object_that_we_may_not_read(answers: Answers) -> None:
    """It is told from an outage: the others are taken all the same."""
    answers.queue = [(403, {}, said("AccessDenied", "Access Denied"))]
    with pytest.raises(ObjectDenied, match="Check the policy of our role"):
        answers.bucket.get("a")


def test_every_put_carries_its_checksum(answers: Answers) -> None:
    """The server can tell bytes that were damaged on the way, and says so; that is everybody's trouble."""
    sha256 = hashlib.sha256(b"photo").hexdigest()
    answers.queue = [(400, {}, said("BadDigest", "The SHA256 you specified did not match."))]
    with pytest.raises(Outage, match="did not match"):
        answers.bucket.put("a", b"photo", sha256=sha256, size=5, new=True)
    assert base64.b64decode(answers.heard["x-amz-checksum-sha256"]).hex() == sha256
    assert base64.b64decode(answers.heard["Content-MD5"]) == hashlib.md5(b"photo", usedforsecurity=False).digest()
    assert answers.heard["If-None-Match"] == "*"


def test_a_copy_is_of_the_object_that_was_taken(answers: Answers) -> None:
    """It carries the condition; another object's answer is that it changed."""
    answers.queue = [(412, {}, said("PreconditionFailed", "At least one condition did not hold."))]
    with pytest.raises(ObjectChanged):
        answers.bucket.copy("a", "b", etag="0123", version="v1")
    assert answers.heard["x-amz-copy-source-if-match"] == "0123"
    assert answers.heard["x-amz-copy-source"].endswith("?versionId=v1")


def test_a_page_of_a_listing_that_can_not_be_read(answers: Answers) -> None:
    """Ceph's XML breaks where a page ends with a control character: the page is asked for again, shorter."""
    page = b"<?xml version='1.0'?><ListBucketResult><IsTruncated>%s</IsTruncated>%s</ListBucketResult>"
    bad = page % (b"true", b"<NextContinuationToken>&#x07;</NextContinuationToken>")
    answers.queue = [*[(200, {}, bad) for _ in range(5)], (200, {}, page % (b"false", b""))]
    assert list(answers.bucket.pages("")) == [[]]
    assert "max-keys=997" in answers.asked_for


def test_a_server_that_gives_no_reason(answers: Answers) -> None:
    """Ceph sends a code and no message: the code has to do."""
    answers.queue = [(403, {}, b"<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code></Error>")]
    with pytest.raises(Outage, match=r"refuses our credentials: SignatureDoesNotMatch\."):
        answers.bucket.get("a")


def test_somebody_else_is_writing_there(answers: Answers) -> None:
    """A conflict is no answer: the other one may yet fail, so it is tried again and not taken for done."""
    answers.queue = [(409, {}, said("ConditionalRequestConflict", "A conflicting operation occurred."))]
    with pytest.raises(Outage, match="It is tried again by itself"):
        answers.bucket.put("a", b"photo", sha256=hashlib.sha256(b"photo").hexdigest(), size=5, new=True)


@pytest.mark.parametrize("code", ["InvalidObjectState", "InvalidRequest", "KMS.NotFoundException"])
def test_one_object_that_can_not_be_had(answers: Answers, code: str) -> None:
    """In an archive, under somebody else's key: it is that object's trouble, and the vendor's to mend."""
    answers.queue = [(400, {}, said(code, "No."))]
    with pytest.raises(ObjectDenied, match="The vendor has to send it again"):
        answers.bucket.get("a")


def test_a_listing_that_is_not_found(answers: Answers) -> None:
    """A proxy's page is no listing of nothing."""
    answers.queue = [(404, {}, b"<html>Not here</html>")]
    with pytest.raises(Outage, match="can't be used now: status 404"):
        next(answers.bucket.pages(""))


def test_a_server_that_is_busy(answers: Answers) -> None:
    """It is asked again by itself, with a pause, and nobody hears of it."""
    found = (200, {"ETag": '"e"', "Last-Modified": "Mon, 05 Oct 2026 15:30:00 GMT"}, b"photo")
    answers.queue = [(503, {}, said("SlowDown", "Reduce your request rate.")), (500, {}, b""), found]
    assert answers.bucket.get("a").read() == b"photo"
    assert answers.asked == 3


def test_a_line_that_breaks_in_the_middle(answers: Answers) -> None:
    """Half an object is never taken for a whole one."""
    headers = {"ETag": '"e"', "Last-Modified": "Mon, 05 Oct 2026 15:30:00 GMT", "Content-Length": "1000"}
    answers.queue = [(200, headers, b"half")]
    with pytest.raises(Outage, match="can't be reached"):
        b"".join(answers.bucket.get("a").pieces())


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "Strange", "Look at http://photos/000000A001.jpg"),
        (403, "AccessDenied", "may not perform s3:GetObject on &quot;arn:aws:s3:::photos/vendors/000000A001.jpg&quot;"),
        (400, "Strange", "The key vendors/acme/inbox/000000A001.jpg is odd"),
    ],
)
def test_no_key_is_told(answers: Answers, status: int, code: str, message: str) -> None:
    """A key is a student's code: no sentence and no log holds one, though AWS's own words do."""
    answers.queue = [(status, {}, said(code, message))]
    with pytest.raises(Outage) as raised:
        answers.bucket.get("vendors/acme/inbox/000000A001.jpg")
    assert "000000A001" not in str(raised.value)


def test_blobs_that_are_elsewhere(s3: S3Server) -> None:
    """Where all blobs are missing at once, the setting is wrong and no photo is to blame."""
    name = s3.new_bucket()
    with connect(f"s3://{name}/a?endpoint={s3.endpoint}").batch() as batch:
        sha256 = batch.put([b"photo"]).sha256
    with pytest.raises(Outage, match=f"s3://{name}/b holds no blobs of ours. Check the setting blobs.url"):
        connect(f"s3://{name}/b?endpoint={s3.endpoint}").read(sha256)
