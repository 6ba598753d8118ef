"""Mail to a real server, by smtplib. What smtplib and the server say stops here and becomes our words.

Who is to blame decides: a server that can't be reached, that asks for patience (4xx) or that doesn't
want *us* (login, sender) is an outage, and the mail waits; a server that doesn't want *this mail* refused it.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import parseaddr

from pictureday.errors import Outage
from pictureday.mail.addresses import is_address
from pictureday.mail.mailer import MailRefused, Outcome
from pictureday.mail.server import Server
from pictureday.names import shown

__all__ = ["SmtpMailer"]

_TOO_LARGE = 552  # the one answer to MAIL FROM that is about the mail and not about us
_AGAIN = "The mail waits and is tried again by itself."


class SmtpMailer:
    """One connection a mail: at one mail an hour and school, a connection that is kept is one more thing to break."""

    def __init__(self, server: Server, *, sender: str, timeout: float, tls: ssl.SSLContext) -> None:
        self._server = server
        self._sender = parseaddr(sender)[1]
        self._timeout = timeout
        self._tls = tls

    def send(self, body: bytes, recipients: Sequence[str]) -> Outcome:
        """Hand the mail to the server; returns at its 250."""
        if bad := [address for address in recipients if not is_address(address)]:
            raise MailRefused(f"{shown(bad[0])} is no e-mail address.", fix="Correct the school's contacts.")
        with _in_our_words(self._server), self._session() as session:
            return _outcome(session.sendmail(self._sender, list(recipients), body))

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        session = self._connected()
        try:
            self._identify(session)
            yield session
            _say_goodbye(session)
        finally:
            session.close()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtps":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=self._tls)
        return smtplib.SMTP(server.host, server.port, timeout=self._timeout)

    def _identify(self, session: smtplib.SMTP) -> None:
        if self._server.scheme == "smtp+starttls":
            session.starttls(context=self._tls)
        if self._server.user:
            session.login(self._server.user, self._server.password)


def _say_goodbye(session: smtplib.SMTP) -> None:
    # The mail is theirs already: a server that hangs up rudely now must not make it look unsent.
    try:
        session.quit()
    except smtplib.SMTPException:
        return


def _outcome(answers: Mapping[str, tuple[int, bytes]]) -> Outcome:
    refused = {address: _words(*answer) for address, answer in answers.items() if answer[0] >= 500}
    later = {address: _words(*answer) for address, answer in answers.items() if answer[0] < 500}
    return Outcome(refused=refused, later=later)


@contextmanager
def _in_our_words(server: Server) -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        raise _nobody_accepted(server, error.recipients) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(server, error) from error
    except ssl.SSLCertVerificationError as error:
        fix = f"Give it a certificate for its name, or name the one to trust in mail.ca_file. {_AGAIN}"
        raise Outage(
            f"The certificate of the mail server {server} is not trusted: {error.verify_message}.", fix=fix
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        # SMTPException is an OSError too; both mean that no clear answer came.
        raise Outage(f"The mail server {server} can't be used: {shown(str(error))}.", fix=_AGAIN) from error


def _nobody_accepted(server: Server, answers: Mapping[str, tuple[int, bytes]]) -> Outage | MailRefused:
    said = "; ".join(f"{address}: {_words(*answer)}" for address, answer in answers.items())
    if all(code >= 500 for code, _ in answers.values()):
        return MailRefused(
            f"The mail server {server} knows none of the recipients: {said}.", fix="Correct the school's contacts."
        )
    return Outage(f"The mail server {server} asks to wait: {said}.", fix=_AGAIN)


def _answered(server: Server, error: smtplib.SMTPResponseException) -> Outage | MailRefused:
    said = _words(error.smtp_code, error.smtp_error)
    if _is_about_the_mail(error):
        return MailRefused(
            f"The mail server {server} refused the mail: {said}.", fix="Ask the people who run the mail server."
        )
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outage(
            f"The mail server {server} refused our login: {said}.",
            fix=f"Check the user and password in mail.url. {_AGAIN}",
        )
    return Outage(f"The mail server {server} did not take the mail: {said}.", fix=_AGAIN)


def _is_about_the_mail(error: smtplib.SMTPResponseException) -> bool:
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code == _TOO_LARGE


def _words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {shown(' '.join(said.split()))}"
