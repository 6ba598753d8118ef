"""One bucket: objects and listings. Keys are whole keys, never below a prefix of ours."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import PurePosixPath
from typing import IO, Any

from pictureday.bucketurl import BucketUrl
from pictureday.errors import Outage
from pictureday.s3.client import client
from pictureday.s3.troubles import ObjectDenied, ObjectGone, troubles

__all__ = ["Bucket", "Got", "Listed", "Print"]

_CHUNK = 1 << 16
_OTHER_PAGE = 997  # keys in a page, where one of a thousand can't be read
_LARGE = 64_000_000  # bytes from which an object is sent in parts, several at a time


@dataclass(frozen=True, kw_only=True)
class Print:
    """What tells one object under a key from another.

    `modified` is in whole seconds since 1970, which is all that some answers give; `version` is '' where the
    bucket has no versions or a listing does not tell.
    """

    etag: str
    modified: int
    size: int
    version: str = ""

    def is_like(self, other: Print) -> bool:
        """Whether both can be the same object: the same version where both name one, else tag and time."""
        if self.version and other.version:
            return self.version == other.version
        return (self.etag, self.modified) == (other.etag, other.modified)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One object as a listing shows it."""

    key: str
    print: Print


@dataclass(frozen=True, kw_only=True)
class Got:
    """An object that is being read: what it is, and its bytes in pieces. Close it where not all is read."""

    print: Print
    body: Any
    what: str

    def pieces(self) -> Iterator[bytes]:
        """The bytes; raises `Outage` where the line breaks before the last one."""
        with troubles(self.what):
            yield from self.body.iter_chunks(_CHUNK)

    def read(self) -> bytes:
        """All the bytes."""
        with troubles(self.what):
            return bytes(self.body.read())

    def close(self) -> None:
        """Let go of the connection."""
        self.body.close()


class Bucket:
    """The bucket of a place, with the encryption header that its URL asks for."""

    def __init__(self, place: BucketUrl) -> None:
        self.place = place
        self._what = f"The bucket {place.bucket}"

    @cached_property
    def _client(self) -> Any:
        with troubles(self._what):
            return client("s3", self.place)

    def get(self, key: str, *, version: str = "", span: tuple[int, int] | None = None) -> Got:
        """An object, or the bytes from `span[0]` up to and with `span[1]`; raises `ObjectGone` where it is not."""
        options: dict[str, Any] = {"VersionId": version} if version else {}
        # A part of an object has no checksum that could be checked.
        options |= {"Range": f"bytes={span[0]}-{span[1]}"} if span else {"ChecksumMode": "ENABLED"}
        with troubles(self._what):
            answer = self._client.get_object(Bucket=self.place.bucket, Key=key, **options)
        return Got(print=_print(answer), body=answer["Body"], what=self._what)

    def head(self, key: str) -> Print:
        """What is under a key now; raises `ObjectGone`."""
        with troubles(self._what):
            return _print(self._client.head_object(Bucket=self.place.bucket, Key=key))

    def put(self, key: str, body: IO[bytes] | bytes, *, sha256: str, size: int, new: bool = False) -> None:
        """Write an object, whose SHA-256 (hex) the server checks; what knows no SHA-256 checks an MD5 or a signature.

        `new`: raises `ObjectChanged` where one is there already; a large one, sent in parts, is written again.
        """
        options: dict[str, Any] = dict(self._encryption())
        with troubles(self._what):
            if size > _LARGE and not isinstance(body, bytes):
                # Ceph refuses a body whose checksum follows it; there each part is signed, and so checked as well.
                extra = options if self.place.endpoint else options | {"ChecksumAlgorithm": "SHA256"}
                self._client.upload_fileobj(body, self.place.bucket, key, ExtraArgs=extra)
                return
            if new:
                options["IfNoneMatch"] = "*"
            if kind := _CONTENT.get(PurePosixPath(key).suffix):
                options["ContentType"] = kind
            options |= {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": _b64(sha256)}
            if self.place.endpoint:  # older servers that are not AWS check nothing but this
                options["ContentMD5"] = _md5(body)
            self._client.put_object(Bucket=self.place.bucket, Key=key, Body=body, ContentLength=size, **options)

    def delete(self, key: str, *, etag: str) -> None:
        """Remove the object under a key if it still has this tag; raises `ObjectChanged` where another is there.

        In a bucket with versions its bytes stay, below a delete marker.
        """
        with troubles(self._what):
            self._client.delete_object(Bucket=self.place.bucket, Key=key, IfMatch=f'"{etag}"')

    def copy(self, key: str, to: str, *, etag: str, version: str = "") -> None:
        """Copy an object that has this tag to another key; raises `ObjectGone` or `ObjectChanged`."""
        source = {"Bucket": self.place.bucket, "Key": key} | ({"VersionId": version} if version else {})
        with troubles(self._what):
            self._client.copy_object(
                Bucket=self.place.bucket, Key=to, CopySource=source, CopySourceIfMatch=etag, **self._encryption()
            )

    def tag(self, key: str, name: str, value: str, *, version: str = "") -> None:
        """Give an object one tag in place of all it has; raises `ObjectGone`."""
        options = {"VersionId": version} if version else {}
        tags = {"TagSet": [{"Key": name, "Value": value}]}
        with troubles(self._what):
            self._client.put_object_tagging(Bucket=self.place.bucket, Key=key, Tagging=tags, **options)

    def pages(self, prefix: str, *, flat: bool = False) -> Iterator[list[Listed]]:
        """The objects whose keys start with `prefix`, in pages of at most 1000, in the order of their keys.

        `flat` leaves out what lies deeper, behind another slash.
        """
        for answer in self._listing(prefix, flat=flat):
            yield [Listed(key=item["Key"], print=_print(item)) for item in answer.get("Contents", ())]

    def folders(self, prefix: str) -> list[str]:
        """The names directly below `prefix` that hold something."""
        answers = self._listing(prefix, flat=True)
        found = [item["Prefix"] for answer in answers for item in answer.get("CommonPrefixes", ())]
        return [name.removeprefix(prefix).rstrip("/") for name in found]

    def is_there(self, key: str) -> bool:
        """Whether anything is under a key. Raises `Outage` where the bucket itself is not there."""
        try:
            self.get(key).close()
        except ObjectGone:
            return False
        return True

    def _listing(self, prefix: str, *, flat: bool) -> Iterator[dict[str, Any]]:
        options: dict[str, Any] = {"Delimiter": "/"} if flat else {}
        while True:
            answer = self._page(prefix, options)
            yield answer
            if not answer.get("IsTruncated"):
                return
            options["ContinuationToken"] = answer["NextContinuationToken"]

    def _page(self, prefix: str, options: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._asked(prefix, options)
        except ObjectDenied:
            raise
        except Outage:
            if not self.place.endpoint:
                raise
            # Ceph's answer can't be read where a page ends with a key that holds a control character: end it earlier.
            return self._asked(prefix, options | {"MaxKeys": _OTHER_PAGE})

    def _asked(self, prefix: str, options: dict[str, Any]) -> dict[str, Any]:
        try:
            with troubles(self._what):
                return dict(self._client.list_objects_v2(Bucket=self.place.bucket, Prefix=prefix, **options))
        except ObjectGone as error:  # a proxy's 404: S3 itself has an empty listing, or no bucket
            raise Outage(f"{self._what} can't be listed: it is not found.", fix="Check the endpoint.") from error

    def _encryption(self) -> dict[str, str]:
        found = {"ServerSideEncryption": self.place.sse, "SSEKMSKeyId": self.place.kms_key}
        return {name: value for name, value in found.items() if value}


_CONTENT = {".json": "application/json", ".csv": "text/csv; charset=utf-8"}


def _print(answer: dict[str, Any]) -> Print:
    modified: datetime = answer["LastModified"]
    size = answer.get("Size", answer.get("ContentLength", 0))
    # A bucket whose versioning was suspended calls its only version "null".
    version = answer.get("VersionId", "")
    return Print(
        etag=answer["ETag"].strip('"'),
        modified=int(modified.timestamp()),
        size=size,
        version="" if version == "null" else version,
    )


def _md5(body: IO[bytes] | bytes) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    if isinstance(body, bytes):
        digest.update(body)
    else:
        while piece := body.read(_CHUNK):
            digest.update(piece)
        body.seek(0)
    return base64.b64encode(digest.digest()).decode("ascii")


def _b64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode("ascii")
