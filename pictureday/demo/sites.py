"""Where the demo plays: in a folder of this machine, or in a bucket of its own at a server that speaks S3 and SQS."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlencode, urlsplit

from pictureday.bucketurl import BucketUrl
from pictureday.demo.district import DISTRICT
from pictureday.demo.story import Place
from pictureday.demo.uploads import BucketClient, Client, FolderClient
from pictureday.errors import UserError
from pictureday.s3 import Bucket, make_inbox

__all__ = ["BucketSite", "FolderSite", "Site", "checked", "near"]

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?:{_LABEL}\.)*{_LABEL}|\[[0-9a-f:.]+\]"
_ENDPOINT = re.compile(rf"https?://(?:{_HOST})(?::[0-9]+)?", re.IGNORECASE)


class Site(Protocol):
    """Where the vendors deliver and the bytes are kept. `inbox` and `blobs` are the URLs of the settings."""

    inbox: str
    blobs: str

    def client(self, vendor: str) -> Client:
        """A client that is logged in as this vendor."""

    def receipts(self, vendor: str, delivery: int) -> Sequence[bytes]:
        """The receipts (JSON) that the vendor finds for one delivery."""

    def places(self) -> Sequence[Place]:
        """Where a person finds the receipts, and what else is of this site."""


class FolderSite:
    """The folders `vendors/` and `blobs/` below the demo's own."""

    def __init__(self, folder: Path) -> None:
        self.inbox = f"file:{folder}/vendors"
        self.blobs = f"file:{folder}/blobs"
        self._vendors = folder / "vendors"
        for vendor in DISTRICT.vendors:
            (self._vendors / vendor.name / "inbox").mkdir(parents=True)

    def client(self, vendor: str) -> Client:
        """An SFTP client."""
        return FolderClient(self._vendors / vendor / "inbox")

    def receipts(self, vendor: str, delivery: int) -> Sequence[bytes]:
        """What lies in the vendor's receipts folder."""
        found = sorted((self._vendors / vendor / "receipts").glob(f"{delivery}-*.json"))
        return [path.read_bytes() for path in found]

    def places(self) -> Sequence[Place]:
        """The receipts' folders."""
        return [Place(what="receipts", where=f"{near(self._vendors)}/*/receipts/")]


class BucketSite:
    """A bucket that nobody else has, with `vendors/` and `blobs/`, and the queue that hears of `vendors/`."""

    def __init__(self, vendors: BucketUrl, inbox: str) -> None:
        self.inbox = inbox
        self.blobs = f"s3://{vendors.bucket}/blobs?{urlencode({'endpoint': vendors.endpoint}, safe='/:')}"
        self._vendors = vendors
        self._bucket = Bucket(vendors)

    @classmethod
    def make(cls, endpoint: str) -> Self:
        """Make the bucket and the queue; raises `Outage`."""
        vendors = BucketUrl(bucket=f"pictureday-demo-{secrets.token_hex(4)}", prefix="vendors", endpoint=endpoint)
        return cls(vendors, make_inbox(vendors))

    def client(self, vendor: str) -> Client:
        """An S3 client."""
        return BucketClient(self._vendors, vendor)

    def receipts(self, vendor: str, delivery: int) -> Sequence[bytes]:
        """What lies below the vendor's receipts prefix."""
        pages = self._bucket.pages(self._vendors.key(vendor, "receipts", f"{delivery}-"))
        return [self._bucket.get(one.key).read() for page in pages for one in page if one.key.endswith(".json")]

    def places(self) -> Sequence[Place]:
        """Commands that list what is there, and how to be rid of it."""
        name = self._vendors.bucket
        aws = f"aws --endpoint-url {self._vendors.endpoint} s3"
        return [
            Place(what="receipts", where=f"{aws} ls --recursive s3://{name}/vendors/"),
            Place(what="blobs", where=f"{aws} ls --recursive s3://{name}/blobs/"),
            Place(what="to remove", where=f"{aws} rb --force s3://{name} (and its two queues)"),
        ]


def checked(text: str) -> str:
    """The address of an S3 server as a person gave it, without a slash at its end; raises `UserError`."""
    address = text.removesuffix("/")
    if not _is_address(address):
        raise UserError(
            f"{text!r} is no address of an S3 server.",
            fix="It should be a URL without a path, like http://127.0.0.1:9000.",
        )
    return address


def _is_address(text: str) -> bool:
    try:
        _ = urlsplit(text).port  # raises where it is too large, or an IPv6 address is none
    except ValueError:
        return False
    return _ENDPOINT.fullmatch(text) is not None


def near(path: Path) -> Path:
    """`path` as it is seen from the current folder, where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
