"""Where RabbitMQ is: each host of a URL is a node; user, virtual host and the rest are theirs in common."""

from __future__ import annotations

import pytest

from pictureday.bus.amqp.nodes import nodes
from pictureday.errors import ConfigError


def told(url: str) -> list[tuple[str, int, str, str, str]]:
    """Host, port, user, password and virtual host of each node."""
    return [
        (node.host, node.port, node.credentials.username, node.credentials.password, node.virtual_host)
        for node in nodes(url)
    ]


def test_one_host_is_one_node() -> None:
    """A plain URL is what pika makes of it; signs in a password may be written as %40 and %2C."""
    assert told("amqp://me:p%40s%2Cs@mq.example:5673/school") == [("mq.example", 5673, "me", "p@s,s", "school")]


def test_hosts_between_commas_are_a_cluster() -> None:
    """Each has its own port, or RabbitMQ's; all the rest they share."""
    assert told("amqps://me:it@mq1,mq2:7000, [::1]:7001/%2F?heartbeat=5") == [
        ("mq1", 5671, "me", "it", "/"),
        ("mq2", 7000, "me", "it", "/"),
        ("::1", 7001, "me", "it", "/"),
    ]


@pytest.mark.parametrize("url", ["amqp://mq1,mq2:port/x", "amqp://mq1:99999999/x"])
def test_a_host_that_is_none_is_told(url: str) -> None:
    """One bad node is a wrong setting, not a node that is never there."""
    with pytest.raises(ConfigError, match=r"bus\.url can't be understood"):
        nodes(url)
