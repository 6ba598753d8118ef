"""SMTP, against real servers that refuse, stall, hang up, or insist on TLS and a login."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pictureday.config import Mail
from pictureday.errors import ConfigError, Outage
from pictureday.mail import Mailer, MailRefused, connect
from tests.servers.smtp import Mailbox, certificate, serve, serve_silence

BODY = b"From: pd@district.example\r\nMessage-ID: <one@district.example>\r\n\r\nHello.\r\n"
TO = ["a@school.example"]


def plain(port: int, *, timeout: float = 5) -> Mailer:
    """A mailer to a server without TLS."""
    return connect(Mail(url=f"smtp://127.0.0.1:{port}", timeout=timeout))


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["421 going down", "450 come back later"])
def test_a_server_that_asks_for_patience_is_an_outage(command: str, answer: str) -> None:
    """4xx at any step means that the mail waits, and nothing of it arrived."""
    mailbox = Mailbox(answers={command: answer})
    with serve(mailbox) as port, pytest.raises(Outage, match=answer[:3]):
        plain(port).send(BODY, TO)
    assert mailbox.received == []


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_refused_mail_says_so(command: str) -> None:
    """5xx for the recipients or the content is final, and the server's words are kept."""
    with serve(Mailbox(answers={command: "550 never"})) as port, pytest.raises(MailRefused, match="550 never"):
        plain(port).send(BODY, TO)


def test_a_refused_sender_is_our_fault_and_waits() -> None:
    """A server that does not know us must not cost a single report: the setting is mended, then the mail goes out."""
    with serve(Mailbox(answers={"MAIL": "550 who are you"})) as port, pytest.raises(Outage, match="who are you"):
        plain(port).send(BODY, TO)


def test_one_bad_recipient_does_not_keep_the_others_from_their_mail() -> None:
    """Those the server accepts get it; who is refused, and who only later, is told apart."""
    mailbox = Mailbox(answers={"RCPT gone@school.example": "550 no such user", "RCPT full@school.example": "452 full"})
    with serve(mailbox) as port:
        outcome = plain(port).send(BODY, ["gone@school.example", *TO, "full@school.example"])
    assert mailbox.received == [(BODY, tuple(TO))]
    assert dict(outcome.refused) == {"gone@school.example": "550 no such user"}
    assert dict(outcome.later) == {"full@school.example": "452 full"}


def test_a_line_that_drops_after_data_is_an_outage() -> None:
    """The mail may have arrived or not: it is an outage, so it is sent again under the same Message-ID."""
    mailbox = Mailbox(hang_up=1)
    with serve(mailbox) as port:
        with pytest.raises(Outage):
            plain(port).send(BODY, TO)
        plain(port).send(BODY, TO)
    assert [body for body, _ in mailbox.received] == [BODY, BODY]


def test_a_silent_server_is_an_outage() -> None:
    """A server that never speaks is given up after the timeout."""
    with serve_silence() as port, pytest.raises(Outage):
        plain(port, timeout=0.2).send(BODY, TO)


def test_nobody_listening_is_an_outage() -> None:
    """A port without a server is an outage that names it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Outage, match=str(port)):
        plain(port).send(BODY, TO)


def test_starttls_and_login(tmp_path: Path) -> None:
    """With a trusted certificate and the right password the mail goes out over TLS; the URL is percent-decoded."""
    tls, pem = certificate(tmp_path)
    mailbox = Mailbox()
    with serve(mailbox, tls=tls, login=("pd@x", "p/w:1")) as port:
        url = f"smtp+starttls://pd%40x:p%2Fw%3A1@127.0.0.1:{port}"
        connect(Mail(url=url, timeout=5, ca_file=str(pem))).send(BODY, TO)
    assert mailbox.received == [(BODY, tuple(TO))]


def test_a_wrong_password_is_an_outage_that_hides_it(tmp_path: Path) -> None:
    """A refused login waits for a mended setting, and the password is in no error text."""
    tls, pem = certificate(tmp_path)
    with serve(Mailbox(), tls=tls, login=("pd", "right")) as port, pytest.raises(Outage, match="login") as caught:
        connect(Mail(url=f"smtp+starttls://pd:wr0ng@127.0.0.1:{port}", timeout=5, ca_file=str(pem))).send(BODY, TO)
    assert "wr0ng" not in str(caught.value)


def test_an_untrusted_certificate_gets_no_mail(tmp_path: Path) -> None:
    """Without trust nothing is sent, and the error names the setting that would give it."""
    tls, _ = certificate(tmp_path)
    mailbox = Mailbox()
    with serve(mailbox, tls=tls) as port, pytest.raises(Outage, match="ca_file"):
        connect(Mail(url=f"smtp+starttls://127.0.0.1:{port}", timeout=5)).send(BODY, TO)
    assert mailbox.received == []


def test_a_server_without_tls_gets_no_mail_when_tls_was_asked_for() -> None:
    """STARTTLS that is not offered is an outage, never a fall-back to plain text."""
    mailbox = Mailbox()
    with serve(mailbox) as port, pytest.raises(Outage):
        connect(Mail(url=f"smtp+starttls://127.0.0.1:{port}", timeout=5)).send(BODY, TO)
    assert mailbox.received == []


def test_a_missing_certificate_file_is_a_bad_setting() -> None:
    """It is said at the start, by the setting's name."""
    with pytest.raises(ConfigError, match=r"mail\.ca_file"):
        connect(Mail(url="smtps://mail.district.example", ca_file="/nowhere.pem"))
