"""A district's whole bucket: a listing of a hundred thousand keys holds one page of them at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.bucket.looking import Looker, Sweep
from ingest.bucket.waiting import WaitingRoom
from pictureday.bucketurl import BucketUrl
from pictureday.catalogue import Catalogue
from pictureday.s3 import Bucket

COUNT, PAGE = 100_000, 1000
_ITEM = (
    "<Contents><Key>vendors/acme/inbox/spring/{:06}A001.jpg</Key><LastModified>2026-10-05T15:30:00.000Z</LastModified>"
    "<ETag>&quot;{:032x}&quot;</ETag><Size>20000</Size><StorageClass>STANDARD</StorageClass></Contents>"
)


class Listing(BaseHTTPRequestHandler):
    """Answers listings as S3 does, and makes each page when it is asked for."""

    def do_GET(self) -> None:
        """Called by http.server."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if "delimiter" in asked:
            body = "<CommonPrefixes><Prefix>vendors/acme/</Prefix></CommonPrefixes><IsTruncated>false</IsTruncated>"
        else:
            body = self.page(int(asked.get("continuation-token", 0)))
        answer = f"<?xml version='1.0'?><ListBucketResult>{body}</ListBucketResult>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def page(self, start: int) -> str:
        """The page that begins with this object."""
        more = start + PAGE < COUNT
        following = f"<NextContinuationToken>{start + PAGE}</NextContinuationToken>" if more else ""
        items = "".join(_ITEM.format(number, number) for number in range(start, start + PAGE))
        return f"{items}<IsTruncated>{str(more).lower()}</IsTruncated>{following}"

    def log_message(self, *args: object) -> None:
        """Nothing is told."""


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """A bucket of a hundred thousand objects, none of which exists."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    yield Bucket(BucketUrl(bucket="photos", prefix="vendors", endpoint=endpoint))
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_listing_holds_a_page(bucket: Bucket, tmp_path: Path) -> None:
    """All hundred thousand are found, and at no moment is more than a few pages' memory held."""
    catalogue = Catalogue.open(f"sqlite:///{tmp_path}/catalogue.db")
    looker = Looker("s3://photos/vendors", bucket, bucket.place, catalogue, WaitingRoom(60))
    sweep = Sweep(looker, lambda vendors: vendors, 1)
    found = len(sweep.next(0.0))  # the libraries are loaded with the first page
    before = peak = resident()
    while not sweep.is_over:
        found += len(sweep.next(0.0))
        peak = max(peak, resident())
    catalogue.close()
    assert (found, sweep.seen) == (COUNT, COUNT)
    assert peak - before < 30_000_000  # a page takes about four; all of them would take three hundred


def resident() -> int:
    """The bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
