"""Where the demo plays: an address that is none is refused before anything is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from pictureday.cli import main
from pictureday.demo.sites import FolderSite, checked
from pictureday.errors import UserError


@pytest.mark.parametrize("address", ["http://127.0.0.1:9000", "https://s3.district.example", "http://[::1]:65535"])
def test_an_address_is_taken_with_and_without_a_slash(address: str) -> None:
    """A copied address may end in a slash."""
    assert checked(address) == checked(f"{address}/") == address


@pytest.mark.parametrize(
    "text",
    ["", "127.0.0.1:9000", "ftp://here", "s3://bucket", "http://", "http://a b", "http://me:secret@here",
     "http://here/path", "http://here?x=1", "http://here:65536", "http://[:::]", "http://-here", 'http://he"re', "http://here\n"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    """Only http and https, a host and a port: whatever else is there would be lost or misread."""
    with pytest.raises(UserError, match="is no address of an S3 server"):
        checked(text)


def test_a_bad_address_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the last demo left is emptied only when the next one can begin; exit 2, as for any wrong usage."""
    for name in (".pictureday-demo", "catalogue.db"):
        (tmp_path / name).touch()
    assert main(["demo", "--dir", str(tmp_path), "--s3", "localhost:9000"]) == 2
    assert capsys.readouterr().err.startswith("'localhost:9000' is no address of an S3 server. It should be ")
    assert (tmp_path / "catalogue.db").exists()


def test_receipts_are_those_of_the_delivery(tmp_path: Path) -> None:
    """Delivery 1's receipt is not delivery 12's, nor another vendor's."""
    site = FolderSite(tmp_path)
    for vendor, name in (("brightside", "1-1.json"), ("brightside", "12-1.json"), ("lumen-studio", "1-1.json")):
        receipts = tmp_path / "vendors" / vendor / "receipts"
        receipts.mkdir(exist_ok=True)
        (receipts / name).write_text(f"{vendor} {name}")
    assert site.receipts("brightside", 1) == [b"brightside 1-1.json"]
