"""What every mailer promises, over a folder and over a real SMTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pictureday.config import Mail
from pictureday.mail import Mailer, Outcome, connect
from tests.servers.smtp import Mailbox, serve

BODY = (
    b"From: pd@district.example\r\nTo: a@school.example\r\nMessage-ID: <one@district.example>\r\n\r\nHello.\r\n.dot\r\n"
)
Arrived = Callable[[], list[bytes]]


@pytest.fixture(params=["folder", "smtp"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Mailer, Arrived]]:
    """A mailer, and what has arrived through it."""
    if request.param == "folder":
        yield (
            connect(Mail(url=f"file:{tmp_path / 'mail'}")),
            lambda: [f.read_bytes() for f in (tmp_path / "mail").iterdir()],
        )
        return
    mailbox = Mailbox()
    with serve(mailbox) as port:
        yield connect(Mail(url=f"smtp://127.0.0.1:{port}")), lambda: [body for body, _ in mailbox.received]


def test_a_mail_arrives_byte_for_byte(post: tuple[Mailer, Arrived]) -> None:
    """What was made is what arrives, down to a line that starts with a dot; nobody is refused."""
    mailer, arrived = post
    outcome = mailer.send(BODY, ["a@school.example"])
    assert arrived() == [BODY]
    assert outcome == Outcome()


def test_a_second_sending_has_the_same_identity(post: tuple[Mailer, Arrived]) -> None:
    """Sending twice can only make copies that share one Message-ID, never two different mails."""
    mailer, arrived = post
    for _ in range(2):
        mailer.send(BODY, ["a@school.example"])
    assert set(arrived()) == {BODY}


def test_two_mails_do_not_overwrite_each_other(post: tuple[Mailer, Arrived]) -> None:
    """Another Message-ID is another mail."""
    mailer, arrived = post
    other = BODY.replace(b"<one@", b"<two@")
    for body in (BODY, other):
        mailer.send(body, ["a@school.example"])
    assert sorted(arrived()) == sorted([BODY, other])
