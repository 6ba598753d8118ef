"""Archives with every fault there is, cut and hurt: nothing of them gets in, or all of it as it was meant."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from pictureday.catalogue import tables
from tests.contract.ingest.world import World
from tests.figures import Figure, Figures, Scale
from tests.hostile.faulty import FAULTS, OUTSIDE, good, hurt
from tests.hostile.guarding import guarded

_CUTS = 16
_AT_ONCE = 100
_MEMORY, _SECONDS = 512_000_000, 5.0  # for one archive (issue)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An archive that was dropped: what it is, its bytes, and the reason that it must be refused for, if any."""

    what: str
    data: bytes
    reason: str = ""


def judged(top: Path, archives: list[Sent]) -> Iterator[tuple[Sent, list[dict[str, Any]]]]:
    """Each archive with the rows that the real ingester made of it."""
    world = World(top)
    for number, sent in enumerate(archives):
        (world.inbox() / f"{number}.zip").write_bytes(sent.data)
    world.go(seconds=90, every=15)
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in world.rows(tables.files):
        rows.setdefault(row["path"].partition("!")[0], []).append(row)
    states = [state for _, _, state in world.deliveries()]
    world.close()
    assert len(states) == len(archives), "an archive that is on no record"
    assert set(states) <= {"closed", "refused"}, "an archive without an end"
    assert not list(top.parent.rglob(f"*{OUTSIDE}*")), "a file outside of the roots"
    yield from ((sent, rows.get(f"{number}.zip", [])) for number, sent in enumerate(archives))


def batches(archives: Iterator[Sent], top: Path) -> Iterator[tuple[Sent, list[dict[str, Any]]]]:
    """The same of many archives, some at a time."""
    number = 0
    while some := list(islice(archives, _AT_ONCE)):
        number += 1
        folder = top / f"batch-{number}"
        folder.mkdir()
        yield from judged(folder, some)


def whole() -> Iterator[Sent]:
    """Each fault, alone and among good photos."""
    for name, fault in FAULTS.items():
        yield Sent(what=name, data=fault.among(()), reason=fault.reason)
        yield Sent(what=f"{name}, among good photos", data=fault.among(good()), reason=fault.reason)


def cuts(step: int) -> Iterator[Sent]:
    """The same, cut at sixteen places; every `step`th of them."""
    every = (
        Sent(what=f"{sent.what}, cut at {place}/{_CUTS}", data=sent.data[: len(sent.data) * place // _CUTS])
        for sent in whole()
        for place in range(_CUTS)
    )
    return islice(every, 0, None, step)


def test_each_fault_refuses_the_whole_archive(tmp_path: Path, figures: Figures) -> None:
    """For the right reason, whatever else lies in it; and nothing of it gets in."""
    wrong = [
        f"{sent.what}: {[(row['path'], row['state'], row['findings']) for row in rows]}"
        for sent, rows in batches(whole(), tmp_path)
        if len(rows) != 1 or sent.reason not in [finding["code"] for finding in rows[0]["findings"]]
    ]
    figures(Figure(what="archives with a fault", times=2 * len(FAULTS), let_in=len(wrong)))
    assert wrong == []


def test_each_fault_cut_at_sixteen_places(tmp_path: Path, scale: Scale, figures: Figures) -> None:
    """Wherever the upload broke off, nothing of it gets in."""
    found = list(batches(cuts(scale(11, 1)), tmp_path))
    wrong = [sent.what for sent, rows in found if any("!" in row["path"] for row in rows) or len(rows) != 1]
    figures(Figure(what="archives with a fault, cut", times=len(found), let_in=len(wrong)))
    assert wrong == []
    assert len(found) >= scale(150, 2_000)


@pytest.mark.timeout(1800)
def test_archives_that_chance_has_hurt(tmp_path: Path, scale: Scale, figures: Figures) -> None:
    """Flipped bits and lost bytes: refused as a whole, or all that another reader finds in it, byte for byte."""
    archives = {str(each): each for each in map(hurt, range(scale(200, 20_000)))}
    sent = (Sent(what=name, data=each.data) for name, each in archives.items())
    wrong, taken = [], 0
    for one, rows in batches(sent, tmp_path):
        refused = any(row["state"] == "refused" for row in rows)
        taken += not refused
        # A good archive may be left with no entries, and then has no rows.
        if not (len(rows) == 1 if refused else _same(one.data, rows)):
            wrong.append(f"{one.what}: {[(row['path'], row['state']) for row in rows]}")
    figures(Figure(what="archives hurt by chance", times=len(archives), let_in=len(wrong)))
    assert wrong == []
    assert 0 < taken < len(archives)


def _same(data: bytes, rows: list[dict[str, Any]]) -> bool:
    """Whether the rows are what Python's zipfile, which is not ours, reads in the archive."""
    # Which version of the format a tool should have is nothing to us, but zipfile believes it.
    plain = re.sub(rb"(?<=PK\x01\x02..)..", b"\x14\0", data, flags=re.DOTALL)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        due = sorted(hashlib.sha256(archive.read(one)).hexdigest() for one in archive.infolist() if not one.is_dir())
    return due == sorted(row["sha256"] for row in rows)


def test_no_archive_takes_long_or_much_memory(tmp_path: Path, scale: Scale) -> None:
    """Under 5 s and 512 MB each, bombs of every kind too."""
    kinds: Mapping[str, Iterator[Sent]] = {"whole": whole(), "cut": cuts(scale(40, 2))}
    for kind, archives in kinds.items():
        for number, sent in enumerate(archives):
            (tmp_path / f"{kind}-{number}").write_bytes(sent.data)
    slowest, peak = guarded(tmp_path)
    assert slowest < _SECONDS
    assert peak < _MEMORY
