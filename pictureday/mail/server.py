"""Which mail server, read from a URL, and which certificates we trust."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from pictureday.errors import ConfigError

__all__ = ["Server", "trust"]

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, kw_only=True)
class Server:
    """`scheme://user:password@host:port`; user and password may be percent-encoded."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> Server:
        """The server that `url` names; raises `ConfigError` where it names none."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS[parts.scheme]
        except (KeyError, ValueError) as error:
            raise _no_server() from error
        if not _is_host(parts.hostname or "") or parts.path.strip("/") or parts.query:
            raise _no_server()
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(scheme=parts.scheme, host=parts.hostname or "", port=port, user=user, password=password)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def trust(ca_file: str) -> ssl.SSLContext:
    """TLS that checks the server's certificate and name, against `ca_file` or, where it is '', the system's list."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ConfigError(
            f"The setting mail.ca_file can't be used: {error}.", fix="Name a PEM file with the certificate to trust."
        ) from error


def _is_host(name: str) -> bool:
    return name.isascii() and all(label and label.isprintable() and " " not in label for label in name.split("."))


def _no_server() -> ConfigError:
    # The URL itself may hold a password, so it is not repeated.
    return ConfigError(
        "The setting mail.url names no mail server.",
        fix="Write it like smtp+starttls://user:password@mail.district.example:587.",
    )
