"""A vendor's receipts in a bucket: `<prefix>/<vendor>/receipts/`."""

from __future__ import annotations

import hashlib
from functools import cache

from pictureday.bucketurl import BucketUrl
from pictureday.s3 import Bucket, ObjectGone
from publish.receipt import Receipt

__all__ = ["BucketShelf"]


@cache
def _bucket(place: BucketUrl) -> Bucket:
    return Bucket(place)  # its connections serve all vendors


class BucketShelf:
    """The receipts of one vendor."""

    def __init__(self, place: BucketUrl, vendor: str) -> None:
        self._bucket = _bucket(place)
        self._place = place
        self._vendor = vendor

    def put(self, stem: str, receipt: Receipt) -> None:
        """Write both objects; raises `Outage`."""
        for name, body in _files(stem, receipt).items():
            sha256 = hashlib.sha256(body).hexdigest()
            self._bucket.put(self._key(name), body, sha256=sha256, size=len(body))

    def holds(self, stem: str, receipt: Receipt) -> bool:
        """Whether exactly this receipt lies there."""
        try:
            return all(self._bucket.get(self._key(name)).read() == body for name, body in _files(stem, receipt).items())
        except ObjectGone:
            return False

    def _key(self, name: str) -> str:
        return self._place.key(self._vendor, "receipts", name)


def _files(stem: str, receipt: Receipt) -> dict[str, bytes]:
    return {f"{stem}.json": receipt.as_json(), f"{stem}.csv": receipt.as_csv()}
