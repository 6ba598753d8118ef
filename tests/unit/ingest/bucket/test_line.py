"""The line: vendors take turns, and nothing overtakes what has the same key."""

from __future__ import annotations

from ingest.bucket.hints import Hint
from ingest.bucket.line import Line
from ingest.placing import Place

FOLDER = Place(kind="folder", name="monday")


def hint(vendor: str, path: str, version: str = "") -> Hint:
    """A hint."""
    return Hint(vendor=vendor, path=path, version=version)


def line_of(*hints: Hint) -> Line:
    """A line."""
    line = Line()
    for one in hints:
        line.add(one)
    return line


def test_vendors_take_turns() -> None:
    """A single photo of one vendor is not behind a thousand of another."""
    line = line_of(*[hint("acme", f"{number}.jpg") for number in range(1000)], hint("other", "a.jpg"))
    assert ("other", "a.jpg") in [one.where for one in line.next(2, busy=())]
    assert len(line) == 999


def test_all_come_out_once_and_in_the_order_of_each_vendor() -> None:
    """Nothing is lost or doubled in the line."""
    line = line_of(*[hint(vendor, f"{number}.jpg") for number in range(50) for vendor in ("acme", "other")])
    given = []
    while hints := line.next(7, busy=()):
        given += hints
    for vendor in ("acme", "other"):
        assert [one.path for one in given if one.vendor == vendor] == [f"{number}.jpg" for number in range(50)]
    assert len(line) == 0


def test_what_is_worked_on_holds_back_its_key_alone() -> None:
    """Two events of one key are dealt with one after the other, and in their order."""
    line = line_of(hint("acme", "a.jpg", "v1"), hint("acme", "a.jpg", "v2"), hint("acme", "b.jpg"))
    assert [one.version for one in line.next(9, busy=()) if one.path == "a.jpg"] == ["v1"]
    assert line.next(9, busy={("acme", "a.jpg")}) == []
    assert [one.version for one in line.next(9, busy=())] == ["v2"]


def test_a_few_zips_of_a_vendor_at_a_time() -> None:
    """Large zips leave room for everybody's photos; the photos behind them don't wait."""
    zips = [hint("acme", f"{number}.zip") for number in range(50)]
    line = line_of(*zips, hint("acme", "a.jpg"), hint("other", "b.zip"))
    paths = [one.path for one in line.next(100, busy=())]
    assert sorted(paths) == ["0.zip", "1.zip", "2.zip", "3.zip", "a.jpg", "b.zip"]
    assert line.next(100, busy=(), archives={"acme": 4}) == []
    assert [one.path for one in line.next(100, busy=(), archives={"acme": 3})] == ["4.zip"]


def test_it_knows_what_it_holds() -> None:
    """By key, and by delivery."""
    line = line_of(hint("acme", "monday/a.jpg"), hint("acme", "monday/b.jpg"))
    line.next(1, busy=())
    assert line.holds("acme", FOLDER)
    assert ("acme", "monday/b.jpg") in line
    line.next(1, busy=())
    assert not line.holds("acme", FOLDER)
    assert ("acme", "monday/b.jpg") not in line
