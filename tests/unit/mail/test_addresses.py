"""Addresses are hostile text, and only allowed domains get mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictureday.errors import ConfigError
from pictureday.mail import domain_of, is_address, usable


def test_only_allowed_domains_get_mail() -> None:
    """Another domain, and one that only ends alike or lies below, gets nothing; case does not matter."""
    given_ = ["a@school.example", "b@School.Example", "c@evil.example", "d@notschool.example", "e@x.school.example"]
    split = usable(given_, ["school.example"])
    assert split.allowed == ("a@school.example", "b@School.Example")
    assert split.refused == ("c@evil.example", "d@notschool.example", "e@x.school.example")


def test_no_list_allows_every_domain_but_no_nonsense() -> None:
    """Without a list of domains every proper address is allowed, once."""
    split = usable([" a@b.example ", "A@b.example", "nobody", "x@y.example\r\nBcc: z@y.example"], [])
    assert split.allowed == ("a@b.example",)
    assert len(split.refused) == 2


@pytest.mark.parametrize(
    "text", ["", "a", "a@", "@b", "a b@c.d", "a@b,c@d", "<a@b>", '"a"@b', "a@b\n", "ä@b.example", "a@b..c", "a@-b"]
)
def test_what_is_no_plain_address(text: str) -> None:
    """Anything that could end a header or a command, or that old servers stumble over, is no address."""
    assert not is_address(text)


@given(st.text())
def test_no_address_carries_a_control_character_or_a_space(text: str) -> None:
    """Whatever passes is printable ASCII without spaces."""
    if is_address(text):
        assert all("!" <= char <= "~" for char in text)


def test_a_sender_must_be_an_address() -> None:
    """A sender that is none is a bad setting, said by its name."""
    assert domain_of("Picture Day <pd@district.example>") == "district.example"
    with pytest.raises(ConfigError, match=r"mail\.sender"):
        domain_of("Picture Day")
