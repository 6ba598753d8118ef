"""The demo in a bucket: the same numbers, and they are looked up where they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import select

from pictureday import log
from pictureday.blobs import connect as blobs_connect
from pictureday.bucketurl import BucketUrl
from pictureday.catalogue import Catalogue, tables
from pictureday.cli import main
from pictureday.config import load
from pictureday.demo import deliveries
from pictureday.demo.play import play
from pictureday.demo.sites import BucketSite
from pictureday.demo.uploads import Client, Sent
from tests.servers import S3Server
from tests.servers.ports import free_port


@pytest.fixture(autouse=True)
def _logs_go_to_stderr_again() -> Iterator[None]:
    """The demo sends them to a file of its own."""
    yield
    log.set_up()


def _lies_there(s3: S3Server, folder: Path) -> list[str]:
    bucket = BucketUrl.parse(load(folder / "pictureday.toml").blobs.url).bucket
    pages = s3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [found["Key"] for page in pages for found in page.get("Contents", ())]


def _readable(folder: Path) -> int:
    """How many renditions can be read from the bucket, as the night reads them; the photos they are of, too."""
    settings = load(folder / "pictureday.toml")
    catalogue, blobs = Catalogue.open(settings.catalogue.url), blobs_connect(settings.blobs.url)
    kept = tables.files.c
    columns = (kept.sha256, kept.place, kept.rendition, kept.rendition_place)
    with closing(catalogue), catalogue.read() as tx:
        rows = tx.execute(select(*columns).where(kept.state.in_(("accepted", "applied")))).all()
    photos = blobs.read_all({row.sha256: row.place for row in rows})
    renditions = blobs.read_all({row.rendition: row.rendition_place for row in rows})
    assert all(isinstance(found, bytes) for found in photos.values())
    return sum(isinstance(found, bytes) for found in renditions.values())


def test_every_number_is_what_it_must_be(s3: S3Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two objects for the receipt of each delivery, the bytes of all that got in, and the inboxes are empty."""
    assert main(["demo", "--dir", str(tmp_path / "demo"), "--s3", f"{s3.endpoint}/"]) == 0
    out = capsys.readouterr().out
    assert "186 accepted + 11 need attention + 1 refused + 5 ignored = 203" in out
    keys = _lies_there(s3, tmp_path / "demo")
    assert f"aws --endpoint-url {s3.endpoint} s3 ls" in out
    assert sum("/receipts/" in key for key in keys) == 2 * 5
    assert not any("/inbox/" in key for key in keys)
    assert _readable(tmp_path / "demo") == 186


def test_a_file_that_nobody_foretold_is_noticed(s3: S3Server, tmp_path: Path) -> None:
    """The demo does not only look good: one file too many in the bucket, and it says so and fails."""

    def one_too_many(client: Client, sent: Sent) -> deliveries.Expected:
        client.put("holiday.jpg", b"no photo of a student")
        return deliveries.loose_files(client, sent)

    said = Console(file=io.StringIO(), width=200)
    uploads = [("lumen-studio", one_too_many)]
    assert play(tmp_path, BucketSite.make(s3.endpoint), said, uploads=uploads) == 1
    assert "Not as it must be: holiday.jpg" in said.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def test_nobody_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence says where nobody is, and what to do."""
    endpoint = f"http://127.0.0.1:{free_port()}"
    assert main(["demo", "--dir", str(tmp_path), "--s3", endpoint]) == 1
    assert capsys.readouterr().err == f"Nobody answers at {endpoint}. Start the server, or check the address.\n"
