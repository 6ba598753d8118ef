"""Blobs in a bucket: what only they can get wrong."""

from __future__ import annotations

import hashlib

import pytest

from pictureday.blobs import BlobDamaged, connect
from tests.servers import S3Server


def test_damage_is_found(s3: S3Server) -> None:
    """Bytes that no longer have their hash are never handed out."""
    name = s3.new_bucket()
    blobs = connect(f"s3://{name}/blobs?endpoint={s3.endpoint}")
    with blobs.batch() as batch:
        sha256 = batch.put([b"good"]).sha256
    s3.client("s3").put_object(Bucket=name, Key=f"blobs/{sha256[:2]}/{sha256[2:]}", Body=b"gone")
    with pytest.raises(BlobDamaged, match="damaged"):
        blobs.read(sha256)
    assert isinstance(blobs.read_all({sha256: ""})[sha256], BlobDamaged)


def test_what_is_there_is_not_sent_again(s3: S3Server) -> None:
    """The put is conditional: the object stays the one that was there first."""
    name = s3.new_bucket(versions=True)
    blobs = connect(f"s3://{name}?endpoint={s3.endpoint}")
    for _ in range(3):
        with blobs.batch() as batch:
            sha256 = batch.put([b"same"]).sha256
    found = s3.client("s3").list_object_versions(Bucket=name, Prefix=sha256[:2])
    assert len(found["Versions"]) == 1


def test_the_checksum_is_kept_with_it(s3: S3Server) -> None:
    """S3's own SHA-256 stands beside the object, for whoever checks the bucket without us."""
    name = s3.new_bucket()
    with connect(f"s3://{name}?endpoint={s3.endpoint}").batch() as batch:
        sha256 = batch.put([b"photo"]).sha256
    key = f"{sha256[:2]}/{sha256[2:]}"
    answer = s3.client("s3").get_object(Bucket=name, Key=key, ChecksumMode="ENABLED")
    assert hashlib.sha256(answer["Body"].read()).hexdigest() == sha256
    assert answer["ChecksumSHA256"]


def test_the_encryption_that_the_setting_asks_for(s3: S3Server) -> None:
    """Every object is written with its header."""
    name = s3.new_bucket()
    with connect(f"s3://{name}?endpoint={s3.endpoint}&sse=aws:kms&kms_key=alias/photos").batch() as batch:
        sha256 = batch.put([b"photo"]).sha256
    head = s3.client("s3").head_object(Bucket=name, Key=f"{sha256[:2]}/{sha256[2:]}")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/photos")


def test_a_large_one_does_not_stay_in_memory(s3: S3Server) -> None:
    """It waits on disk until it is sent, and comes back whole through the stream."""
    blobs = connect(f"s3://{s3.new_bucket()}?endpoint={s3.endpoint}")
    with blobs.batch() as batch:
        stored = batch.put(b"%06d" % number * 20_000 for number in range(50))
        assert batch.waiting[0].body._rolled  # type: ignore[attr-defined]  # it is ours
    with blobs.open(stored.sha256) as stream:
        assert stream.seek(0, 2) == stored.size == 6_000_000
        stream.seek(5_999_994)
        assert stream.read() == b"000049"
