"""Where a vendor finds its receipts: what holds on disk and in a bucket alike."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pictureday.config import Inbox
from pictureday.errors import Outage
from publish.receipt import Receipt, build
from publish.shelf import Shelves
from tests.servers import S3Server

NOON = datetime(2026, 10, 5, 19, 0, tzinfo=UTC)


@pytest.fixture(params=["folder", "bucket"])
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Inbox:
    """An inbox without any receipt."""
    if request.param == "folder":
        return Inbox(url=f"file:{tmp_path}")
    s3: S3Server = request.getfixturevalue("s3")
    return Inbox(url=f"{s3.new_queue()}?bucket={s3.new_bucket()}&prefix=vendors&endpoint={s3.endpoint}")


def receipt(revision: int) -> Receipt:
    """A receipt of a delivery without files."""
    delivery: dict[str, Any] = {"id": 7, "vendor": "acme", "kind": "zip", "name": "a.zip", "state": "closed"}
    return build(delivery | {"opened_at": NOON, "closed_at": NOON, "findings": []}, [], revision=revision)


def test_a_receipt_lies_where_it_was_put(inbox: Inbox) -> None:
    """It is held as it is; a later revision takes its place; another vendor's shelf has none of it."""
    shelf = Shelves([inbox]).of(inbox.name, "acme")
    assert not shelf.holds("7-a", receipt(1))
    shelf.put("7-a", receipt(1))
    assert shelf.holds("7-a", receipt(1))
    shelf.put("7-a", receipt(2))
    assert (shelf.holds("7-a", receipt(1)), shelf.holds("7-a", receipt(2))) == (False, True)
    assert not Shelves([inbox]).of(inbox.name, "other").holds("7-a", receipt(2))


def test_in_a_bucket_it_is_what_a_browser_expects(s3: S3Server) -> None:
    """Both forms, below the vendor's folder, each with its type."""
    bucket = s3.new_bucket()
    inbox = Inbox(url=f"{s3.new_queue()}?bucket={bucket}&prefix=vendors&endpoint={s3.endpoint}")
    Shelves([inbox]).of(inbox.name, "acme").put("7-a", receipt(1))
    client = s3.client("s3")
    kinds = {
        name: client.head_object(Bucket=bucket, Key=f"vendors/acme/receipts/7-a.{name}") for name in ("csv", "json")
    }
    assert {name: head["ContentType"] for name, head in kinds.items()} == {
        "csv": "text/csv; charset=utf-8",
        "json": "application/json",
    }


def test_a_bucket_that_is_no_longer_in_the_settings() -> None:
    """Nothing goes to a stranger's bucket of that name: the delivery is told without a receipt."""
    shelf = Shelves([]).of("s3://photos/vendors", "acme")
    shelf.put("7-a", receipt(1))
    assert shelf.holds("7-a", receipt(1))


def test_a_bucket_that_is_not_there(s3: S3Server) -> None:
    """It is an outage: the delivery is told when it is back."""
    inbox = Inbox(url=f"{s3.new_queue()}?bucket=no-such-bucket&endpoint={s3.endpoint}")
    with pytest.raises(Outage, match="no-such-bucket does not exist"):
        Shelves([inbox]).of(inbox.name, "acme").put("7-a", receipt(1))
