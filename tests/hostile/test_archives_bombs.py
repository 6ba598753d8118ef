"""Bombs cost no more than any other archive, and a zip inside a zip is never opened."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.figures import Figure, Figures
from tests.hostile import bombs
from tests.hostile.faulty import good
from tests.hostile.guarding import guarded
from tests.hostile.test_archives import Sent, judged
from tests.unit.ingest.archive.zips import Part, build


@cache
def exploding() -> tuple[Sent, ...]:
    """Bombs, whose every number is true."""
    return (
        Sent(what="an entry over 50 MB", data=bombs.barely(), reason="archive_entry_too_big"),
        Sent(what="over 2 GB in all", data=bombs.total(), reason="archive_too_big"),
        Sent(what="20,001 entries", data=bombs.entries(), reason="archive_too_many"),
        Sent(what="1,000 entries over each other", data=bombs.overlapping(), reason="archive_overlap"),
    )


@cache
def nesting() -> tuple[Sent, ...]:
    """Good photos with a zip among them, whatever is in it."""
    inner = (bombs.nested(), bombs.overlapping(), build(Part(name=b"../x.jpg")), b"PK\x03\x04", b"no zip at all")
    return tuple(Sent(what="nested", data=build(*good(), Part(name=b"Photos/in.ZIP", data=data))) for data in inner)


def test_bombs(tmp_path: Path, figures: Figures) -> None:
    """A bomb is refused for what it is, and nothing of it gets in."""
    wrong = [
        f"{sent.what}: {rows}"
        for sent, rows in judged(tmp_path, list(exploding()))
        if len(rows) != 1 or sent.reason not in [finding["code"] for finding in rows[0]["findings"]]
    ]
    figures(Figure(what="archives that explode", times=len(exploding()), let_in=len(wrong)))
    assert wrong == []


def test_nested(tmp_path: Path, figures: Figures) -> None:
    """What is in a zip inside a zip is not looked at: that entry is quarantined, the photos beside it get in."""
    expected = ["quarantined", *["received"] * len(good())]
    states = [sorted(row["state"] for row in rows) for _, rows in judged(tmp_path, list(nesting()))]
    figures(Figure(what="archives in archives", times=len(nesting()), let_in=sum(each != expected for each in states)))
    assert states == [expected] * len(nesting())


def test_bombs_cost_nothing(tmp_path: Path) -> None:
    """Each is judged under 5 s and 512 MB: they are refused before anything is unpacked."""
    for number, sent in enumerate(exploding() + nesting()):
        (tmp_path / f"{number}.zip").write_bytes(sent.data)
    slowest, peak = guarded(tmp_path)
    assert slowest < 5.0
    assert peak < 512_000_000
