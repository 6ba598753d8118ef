"""A mail server is one URL."""

from __future__ import annotations

import pytest

from pictureday.errors import ConfigError
from pictureday.mail.server import Server


def test_a_url_says_everything() -> None:
    """Host, port, user and password come from the URL, percent-decoded; the password shows in no repr."""
    server = Server.parse("smtps://pd%40x.example:p%3Aw@mail.example:4650")
    assert server == Server(scheme="smtps", host="mail.example", port=4650, user="pd@x.example", password="p:w")
    assert "p:w" not in repr(server)


@pytest.mark.parametrize(("scheme", "port"), [("smtp", 25), ("smtp+starttls", 587), ("smtps", 465)])
def test_each_way_has_its_usual_port(scheme: str, port: int) -> None:
    """Without a port the one that is usual for the scheme is meant."""
    assert Server.parse(f"{scheme}://mail.example").port == port


@pytest.mark.parametrize(
    "url",
    ["smtp://", "smtp://host:99999", "smtp://host:x", "smtp://a..b", "smtp://host/path", "http://host", "smtp://["],
)
def test_a_url_without_a_server_is_a_bad_setting(url: str) -> None:
    """It is said by the setting's name, without repeating a URL that may hold a password."""
    with pytest.raises(ConfigError, match=r"mail\.url") as caught:
        Server.parse(url)
    assert url not in str(caught.value)
