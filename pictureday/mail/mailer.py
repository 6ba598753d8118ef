"""What every way of sending can do, and how it says that it couldn't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pictureday.errors import UserError

__all__ = ["MailRefused", "Mailer", "Outcome"]


class MailRefused(UserError):
    """The other side will never take this mail; sending it again can't help."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A mail was taken over, but perhaps not for everyone.

    `refused` will never get it, `later` did not get it yet (a full mailbox, greylisting): each address
    with what the server said. Everyone else has it.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    later: Mapping[str, str] = field(default_factory=dict)


class Mailer(Protocol):
    """Sends whole mails."""

    def send(self, body: bytes, recipients: Sequence[str]) -> Outcome:
        """Hand `body` (headers and all) over for `recipients`; returns when the other side is responsible for it.

        Raises `Outage` where waiting helps (the mail may have arrived all the same), `MailRefused` where it can't.
        """
