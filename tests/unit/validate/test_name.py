"""Whose photo a name says it is."""

from __future__ import annotations

from validate import judge_name


def test_code() -> None:
    """A student code is found in any case, in any folder."""
    assert judge_name("a/123456x789.JPG") == ("123456X789", ())


def test_near_miss() -> None:
    """A name that is nearly a code is refused with a hint; no code is guessed."""
    code, findings = judge_name("123456X789(2).jpg")
    assert code is None
    assert findings[0].code == "bad_name"
    assert "123456X789" in findings[0].message


def test_other_digits() -> None:
    """Digits of another script, and a line break at the end, make no code."""
    assert [judge_name(name)[0] for name in ("12345٦X789.jpg", "123456X789.jpg\n")] == [None, None]
