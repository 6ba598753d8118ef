"""Mail: how letters leave, into a folder or to a real server.

In: the bytes of a whole mail, and who gets it. Out: nothing, once the other side has taken it over.
Guaranteed: `send` returns only when the mail is safe over there (a synced file, or the server's 250);
sending the same mail twice can do no harm beyond a second copy with the same Message-ID.
"""

from __future__ import annotations

from pathlib import Path

from pictureday.config import Mail
from pictureday.mail.addresses import Usable, domain_of, is_address, usable
from pictureday.mail.folder import FolderMailer
from pictureday.mail.mailer import Mailer, MailRefused, Outcome
from pictureday.mail.server import Server, trust
from pictureday.mail.smtp import SmtpMailer

__all__ = ["MailRefused", "Mailer", "Outcome", "Usable", "connect", "domain_of", "is_address", "usable"]


def connect(settings: Mail) -> Mailer:
    """The mailer behind `mail.url`. Opens nothing yet; raises `ConfigError` on a URL or sender that can't be meant."""
    domain_of(settings.sender)  # so that a bad sender is said at the start, not at the first mail
    if settings.url.startswith("file:"):
        return FolderMailer(Path(settings.url.removeprefix("file:")))
    server = Server.parse(settings.url)
    return SmtpMailer(server, sender=settings.sender, timeout=settings.timeout, tls=trust(settings.ca_file))
