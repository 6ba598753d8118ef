"""Mail servers for tests: a good one, and every kind of bad one, each on a free loopback port."""

# ruff: noqa: ARG001, ARG002, D102, N802 - aiosmtpd's hooks have its names and arguments
from __future__ import annotations

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["Mailbox", "Mood", "certificate", "serve", "serve_silence"]


@dataclass(frozen=True, kw_only=True)
class Mood:
    """How a server behaves for one mail: see `Mailbox`."""

    answers: Mapping[str, str] = field(default_factory=dict)
    hang_up: int = 0
    stall: float = 0


@dataclass
class Mailbox:
    """What a server took over, and how it behaves: answers by command, and whether it hangs up after DATA.

    With `moods` each recipient meets one after the other, mail by mail, and stays with the last.
    """

    answers: Mapping[str, str] = field(default_factory=dict)  # "RCPT bad@x.example" or "DATA" → "550 no"
    hang_up: int = 0  # so many times the line drops after DATA
    stall: float = 0  # seconds before DATA is answered
    moods: Sequence[Mood] = ()
    tries: Counter[str] = field(default_factory=Counter)  # how often each recipient was named
    received: list[tuple[bytes, tuple[str, ...]]] = field(default_factory=list)

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._change_mood(self.tries[address])
        self.tries[address] += 1
        answer = self.answers.get(f"RCPT {address}", self.answers.get("RCPT", "250 OK"))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.stall)
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("250"):
            self.received.append((bytes(envelope.original_content or b""), tuple(envelope.rcpt_tos)))
        if self.hang_up:
            self.hang_up -= 1
            server.transport.abort()
        return answer

    def _change_mood(self, before: int) -> None:
        if self.moods:
            mood = self.moods[min(before, len(self.moods) - 1)]
            self.answers, self.hang_up, self.stall = mood.answers, mood.hang_up, mood.stall


@contextmanager
def serve(
    mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> Iterator[int]:
    """A mail server for `mailbox`; yields its port. With `tls` it insists on STARTTLS, with `login` on AUTH."""

    def check(server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == login, handled=False)

    def made() -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.test",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=login is not None,
            authenticator=check,
        )

    with _listening(made) as port:
        yield port


@contextmanager
def serve_silence() -> Iterator[int]:
    """A server that takes the connection and never says a word; yields its port."""
    with _listening(_Silence) as port:
        yield port


class _Silence(asyncio.Protocol):
    transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A self-made certificate for 127.0.0.1: a server's context, and the PEM file that trusts it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


@contextmanager
def _listening(made: Callable[[], Any]) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # clients hang up on purpose here
    lines: list[Any] = []

    def remembered() -> Any:
        lines.append(made())
        return lines[-1]

    server = loop.run_until_complete(loop.create_server(remembered, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_hang_up(server, [line.transport for line in lines if line.transport]))
        loop.close()


async def _hang_up(server: asyncio.Server, transports: list[asyncio.WriteTransport]) -> None:
    server.close()
    for transport in transports:
        transport.abort()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
