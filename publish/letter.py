"""A letter as an e-mail: headers, plain text, HTML, and a table for the spreadsheet.

Headers hold nothing but our own words, numbers and checked addresses: no student, no file name, no school.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from pictureday.sheet import write_rows

__all__ = ["Envelope", "Letter", "mail", "table"]

_POLICY = SMTP.clone(cte_type="7bit")  # passes every server, whatever its extensions


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is said. `sheet` is the CSV attachment, or b'' for none."""

    subject: str
    text: str
    html: str
    sheet: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who says it to whom, and when. `reply_to` may be ''. `message_id` has its angle brackets."""

    sender: str
    recipients: Sequence[str]
    reply_to: str
    message_id: str
    at: datetime


def mail(letter: Letter, envelope: Envelope) -> bytes:
    """The whole mail, ready to be sent again and again: it never changes after this."""
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = letter.subject
    message["From"] = envelope.sender
    message["To"] = ", ".join(envelope.recipients)
    if envelope.reply_to:
        message["Reply-To"] = envelope.reply_to
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.sheet:
        message.add_attachment(letter.sheet, maintype="text", subtype="csv", filename="picture-day.csv")
    return message.as_bytes(policy=_POLICY)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV that no cell of can run; UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO(newline="")
    write_rows(text, header, rows)
    return text.getvalue().encode("utf-8-sig")
