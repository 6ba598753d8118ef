"""Where RabbitMQ is: one node, or the nodes of a cluster, any of which will do."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pika

from pictureday.errors import ConfigError

__all__ = ["ANSWER", "Nodes", "nodes"]

ANSWER = 10  # seconds to connect, and to say goodbye
_HEARTBEAT = 60  # seconds; a dead peer is noticed after two of them
_BLOCKED = 60  # seconds a broker that is out of memory or disk may hold us up before we call it away

Nodes = tuple[pika.URLParameters, ...]


def nodes(url: str) -> Nodes:
    """What pika makes of an `amqp://` or `amqps://` URL, for each of its hosts, which commas part.

    Raises `ConfigError` where there is none.
    """
    try:
        return tuple(_parameters(one) for one in _of_each_host(url))
    except (ValueError, TypeError) as error:
        raise ConfigError(f"bus.url can't be understood: {error}.") from error


def _of_each_host(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    for host in hosts.split(","):
        yield parts._replace(netloc=user + at + host.strip()).geturl()


def _parameters(url: str) -> pika.URLParameters:
    found = pika.URLParameters(url)
    found.heartbeat = _HEARTBEAT
    found.blocked_connection_timeout = _BLOCKED
    found.connection_attempts = 1
    found.socket_timeout = ANSWER / 2
    found.stack_timeout = ANSWER
    return found
