"""The mail folder: one file for each Message-ID, and clear words when it can't be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from pictureday.config import Mail
from pictureday.errors import Outage
from pictureday.mail import connect

BODY = b"Message-ID: <one@district.example>\r\n\r\nHello.\r\n"


def test_a_mail_is_one_eml_file(tmp_path: Path) -> None:
    """Sent twice, a mail is one whole file ending in .eml; no temporary file stays behind."""
    mailer = connect(Mail(url=f"file:{tmp_path}"))
    for _ in range(2):
        mailer.send(BODY, ["a@school.example"])
    (file,) = tmp_path.iterdir()
    assert file.suffix == ".eml"
    assert file.read_bytes() == BODY


def test_a_folder_that_can_not_be_made_is_an_outage(tmp_path: Path) -> None:
    """A file where the folder should be is said in words, and the mail waits."""
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(Outage, match="mail folder"):
        connect(Mail(url=f"file:{tmp_path / 'mail'}")).send(BODY, ["a@school.example"])
