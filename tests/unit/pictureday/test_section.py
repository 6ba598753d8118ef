"""Sections of the settings: what a stranger wrote is taken as it is meant, or told with its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from pictureday.section import Mistake, Section, number, section, sections, text, texts, whole


@dataclass(frozen=True, kw_only=True)
class Leaf(Section):
    """One of several."""

    name: str = text(None)


@dataclass(frozen=True, kw_only=True)
class Part(Section):
    """One of each kind."""

    share: float = number(0.5, above=0, most=1)
    count: int = whole(3, least=1, most=9)
    class_: str = text("a")
    words: tuple[str, ...] = texts(())


@dataclass(frozen=True, kw_only=True)
class Whole(Section):
    """All of it."""

    part: Part = section(Part)
    leaves: tuple[Leaf, ...] = sections(Leaf, lambda: (Leaf(name="x"),))


def told(table: object) -> dict[str, str]:
    """The mistakes in `table`: what each should be, by its name."""
    mistakes: list[Mistake] = []
    assert Whole.decode(table, mistakes) is None
    return {mistake.name: mistake.should for mistake in mistakes}


def test_nothing_given_is_all_defaults() -> None:
    """An empty table is what a section made without arguments is."""
    assert Whole.decode({}, []) == Whole()


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("share", 1, 1.0),
        ("share", "0.25", 0.25),
        ("count", "7", 7),
        ("count", 7.0, 7),
        ("class", "b", "b"),
        ("words", ["a", "b"], ("a", "b")),
    ],
)
def test_what_is_meant_is_taken(name: str, given: Any, meant: Any) -> None:
    """The environment has only texts, and TOML no tuples; a name that Python keeps for itself is written as it is."""
    found = Whole.decode({"part": {name: given}}, [])
    assert found is not None
    attribute = {"class": "class_"}.get(name, name)
    assert getattr(found.part, attribute) == meant
    assert type(getattr(found.part, attribute)) is type(meant)


@pytest.mark.parametrize(
    ("name", "given", "should"),
    [
        ("share", 0, "it should be greater than 0"),
        ("share", 1.1, "it should be less than or equal to 1"),
        ("share", "nan", "it should be a number"),
        ("share", "1e999", "it should be a number"),
        ("share", True, "it should be a number"),
        ("count", 0, "it should be greater than or equal to 1"),
        ("count", "3.5", "it should be a whole number"),
        ("count", 3.5, "it should be a whole number"),
        ("count", float("inf"), "it should be a whole number"),
        ("count", True, "it should be a whole number"),
        ("class", 3, "it should be a text"),
        ("words", "ab", "it should be a list of texts"),
        ("words", [1], "it should be a text"),
    ],
)
def test_what_makes_no_sense_is_told(name: str, given: Any, should: str) -> None:
    """Each kind of value says what it should be, and True is no number."""
    assert told({"part": {name: given}}) == {f"part.{name}": should}


def test_every_mistake_is_found_at_any_depth() -> None:
    """One look finds what is wrong, what is unknown and what is missing."""
    found = told({"part": {"share": 2, "colour": 1}, "leaves": [{"name": "a"}, {}, 3], "more": 1})
    assert set(found) == {"part.share", "part.colour", "leaves.1.name", "leaves.2", "more"}


@pytest.mark.parametrize("table", [3, "x", [], None])
def test_what_is_no_table_is_told(table: object) -> None:
    """A section can't be one value."""
    assert told({"part": table}) == {"part": "it should be a table of settings"}
    assert told({"leaves": {"a": 1}}) == {"leaves": "it should be a list of tables"}
