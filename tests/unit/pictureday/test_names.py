"""File names: what they claim, and how they are shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictureday.names import base_name, code_hint, is_junk, is_temporary, shown, student_code


@pytest.mark.parametrize("path", ["123456A789.jpg", "123456a789.JPG", "a/b/123456a789.Jpg", "a\\123456A789.jpg"])
def test_a_code_in_any_case_and_folder_is_the_code(path: str) -> None:
    """The code is the name alone, upper-cased."""
    assert student_code(path) == "123456A789"


@pytest.mark.parametrize(
    "name",
    [
        "123456A789",
        "123456A789.jpeg",
        "123456A789.jpg.png",
        "123456A789 .jpg",
        " 123456A789.jpg",
        "123456A789\n.jpg",
        "123456A789.jpg\n",
        "23456A789.jpg",
        "1234567789.jpg",
        "123456AA789.jpg",
        "١٢٣٤٥٦A789.jpg",  # Arabic-Indic digits
        "123456\u0131789.jpg",  # a dotless i, upper-cased to I by Unicode
        "123456\u017f789.jpg",  # a long s, upper-cased to S by Unicode
        "123456\uff21789.jpg",  # a full-width A
        "",
        ".jpg",
    ],
)
def test_nothing_else_is_a_code(name: str) -> None:
    """ASCII, the whole name, and exactly the ending .jpg; nothing near it."""
    assert student_code(name) is None


@given(st.from_regex(r"[0-9]{6}[A-Za-z][0-9]{3}", fullmatch=True, alphabet=st.characters(codec="ascii")))
def test_every_code_is_read_back(code: str) -> None:
    """Whatever the code, its file name gives it back upper-cased."""
    assert student_code(f"{code}.jpg") == code.upper()


@given(st.text())
def test_a_code_is_always_plain_ascii(path: str) -> None:
    """No name, however strange, yields anything but ten ASCII characters."""
    code = student_code(path)
    assert code is None or (len(code) == 10 and code.isascii() and code.isalnum())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("123456A789.jpeg", "The ending is .jpeg; it must be .jpg."),
        ("123456A789 (2).jpg", "It starts like the code 123456A789; take  (2) out of the name."),
        ("123456a789_retake.jpg", "It starts like the code 123456A789; take _retake out of the name."),
        ("3456A789.jpg", "It may have lost a leading zero: 003456A789.jpg?"),
        ("12345６A789.jpg", "It has letters or digits that are not plain ones."),
        ("portrait.jpg", ""),
    ],
)
def test_a_near_miss_gets_a_hint(name: str, hint: str) -> None:
    """Who almost had it right is told what is missing."""
    assert code_hint(name) == hint


@given(st.text())
def test_a_hint_never_fails(path: str) -> None:
    """Any text at all has a hint or none."""
    assert shown(code_hint(path), longest=10_000) == code_hint(path)


@pytest.mark.parametrize(
    "path", [".DS_Store", "a/Thumbs.db", "desktop.ini", "__MACOSX/x.jpg", "a/__MACOSX/b", "._1.jpg", "x\\THUMBS.DB"]
)
def test_what_an_operating_system_leaves_is_junk(path: str) -> None:
    """Junk is known by its name, wherever it lies."""
    assert is_junk(path)


@pytest.mark.parametrize("path", ["123456A789.jpg", "macosx/1.jpg", "Thumbs.db.jpg", "ds_store"])
def test_what_may_be_a_photo_is_not_junk(path: str) -> None:
    """Nothing that could be a photo is thrown away by its name."""
    assert not is_junk(path)


@pytest.mark.parametrize(
    "name", ["a.jpg.part", "a.FILEPART", "a.tmp", "a.crdownload", "a.jpg~", ".a.jpg.Xy12", "up.part/a.jpg"]
)
def test_a_temporary_name_waits_for_its_rename(name: str) -> None:
    """Names that clients write under are known, dot files too; a whole folder may have one."""
    assert is_temporary(name)


@pytest.mark.parametrize("name", ["a.jpg", ".DS_Store", "._a.jpg", "part", "_DONE"])
def test_junk_and_plain_names_do_not_wait(name: str) -> None:
    """Junk will never be renamed, so nothing waits for it."""
    assert not is_temporary(name)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Zoë 写真.jpg", "Zoë 写真.jpg"),
        ("a\nb", "a\\nb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("\udcff", "\\udcff"),
        ("a\u00a0b", "a\\xa0b"),
    ],
)
def test_a_name_is_shown_without_its_tricks(text: str, safe: str) -> None:
    """Letters of every script stay; what moves a cursor, breaks a line or turns the direction is escaped."""
    assert shown(text) == safe


@given(st.text(alphabet=st.characters()))
def test_what_is_shown_can_be_printed_and_sent(text: str) -> None:
    """The result encodes as UTF-8 and has no control, format or separator character but the blank."""
    safe = shown(text)
    safe.encode("utf-8")
    assert not {unicodedata.category(char) for char in safe if char != " "} & {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}


def test_a_long_name_is_cut() -> None:
    """A name of many thousand characters fills no page, and is still known by its beginning and its end."""
    assert shown("a" + "x" * 5000 + "b.jpg") == "a" + "x" * 99 + "…" + "x" * 94 + "b.jpg"


@pytest.mark.parametrize(("path", "name"), [("a/b.jpg", "b.jpg"), ("a\\b.jpg", "b.jpg"), ("b.jpg", "b.jpg")])
def test_the_base_name_is_behind_either_slash(path: str, name: str) -> None:
    """A zip made on Windows may separate folders its own way."""
    assert base_name(path) == name
