"""E-mail addresses: which ones may get mail. An address from a roster file is hostile text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr

from pictureday.errors import ConfigError

__all__ = ["Usable", "domain_of", "is_address", "usable"]

# Narrower than RFC 5321 on purpose: no quoting, no comments, nothing that could end a header or a command.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets


@dataclass(frozen=True, kw_only=True)
class Usable:
    """Who may get a mail, and who may not, each in the order given and once."""

    allowed: tuple[str, ...]
    refused: tuple[str, ...]


def usable(addresses: Iterable[str], allowed_domains: Iterable[str]) -> Usable:
    """Split `addresses` by whether their domain is one of `allowed_domains` (none given: any domain is).

    A domain allows itself alone, not what lies below it. Case does not matter.
    """
    domains = {domain.lower() for domain in allowed_domains}
    once = {address.lower(): address for address in reversed([address.strip() for address in addresses])}
    given = tuple(reversed(once.values()))
    allowed = tuple(address for address in given if _may(address, domains))
    return Usable(allowed=allowed, refused=tuple(address for address in given if address not in allowed))


def is_address(text: str) -> bool:
    """Whether `text` is one plain ASCII address, safe in a header and in an SMTP command."""
    return len(text) <= _LONGEST and ".." not in text and _ADDRESS.fullmatch(text) is not None


def domain_of(sender: str) -> str:
    """The domain of a sender such as `Picture Day <pd@district.example>`; raises `ConfigError` if it is none."""
    _, address = parseaddr(sender)
    if not is_address(address) or not sender.isprintable():
        raise ConfigError(
            f"The setting mail.sender is no address: {sender!r}.",
            fix="Write it like Picture Day <pd@district.example>.",
        )
    return address.rpartition("@")[2]


def _may(address: str, domains: set[str]) -> bool:
    return is_address(address) and (not domains or address.lower().rpartition("@")[2] in domains)
