"""The story that is killed at every durable step: a drop, a resubmission and a night, each from a snapshot.

Three good photos and two bad ones, a zip of five; then a better photo of one student and a mended one of another;
then the sync, and the mail about the night.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from tests.faults.auditor import Ledger, audit
from tests.flow.district import District, code_of
from tests.flow.workload import OLDER, Dropped
from tests.photos import cut, png, portrait

__all__ = ["CHAPTERS", "Story"]

CHAPTERS: Mapping[str, Sequence[Sequence[str]]] = {
    "drop": [["run", "--until-idle"]],
    "again": [["run", "--until-idle"]],
    "night": [["sync", "--now"], ["run", "--until-idle"]],
}
_TIMINGS = {"settle": 0.05, "quiet": 0.15, "grace": 0.3, "rescan": 0.3}
# One decoder and short leases: a run is short, and what a killed process held is soon free again.
_MORE = "validate.processes = 1\nbus.lease = 1.0\nmail.retry = 0.1"


class Story:
    """The district of the story in `folder`, which can be put back to the beginning of a chapter."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "district"
        self._kept = folder / "kept"
        self.root.mkdir()
        self.district = District(self.root, students=30, timings=_TIMINGS, more=_MORE)

    def keep(self, chapter: str) -> None:
        """Remember how things are now, as the beginning of `chapter`, with what is dropped in it."""
        self._drop(chapter)
        self.district.catalogue.close()
        shutil.copytree(self.root, self._kept / chapter)

    def begin(self, chapter: str) -> None:
        """Go back to the beginning of `chapter`."""
        self.district.catalogue.close()
        shutil.rmtree(self.root)
        shutil.copytree(self._kept / chapter, self.root)

    def audit(self, chapter: str) -> Ledger:
        """What the auditor finds at the end of `chapter`."""
        mails = [path.read_bytes() for path in (self.root / "mail").glob("*.eml")]
        return audit(self.district, _dropped(chapter), mails, after_a_night=chapter == "night")

    def _drop(self, chapter: str) -> None:
        for path, data in {"drop": _first(), "again": _second()}.get(chapter, {}).items():
            (self.district.inbox() / path).write_bytes(data)


def _good(number: int, seed: int = 0) -> tuple[str, bytes]:
    return f"{code_of(number)}.jpg", portrait(seed=seed or number)


def _first() -> dict[str, bytes]:
    loose = dict([_good(0), _good(1), _good(2)])
    loose |= {f"{code_of(3)}_retake.jpg": portrait(seed=3), f"{code_of(4)}.jpg": png(seed=4)}
    return loose | {"drop.zip": _zip(_entries())}


def _entries() -> dict[str, bytes]:
    return dict([_good(10), _good(11), _good(12), _good(13)]) | {
        f"class/{code_of(14)}.jpg": cut(portrait(seed=14), 0.6)
    }


def _second() -> dict[str, bytes]:
    return dict([_good(0, seed=100), _good(4, seed=104)])


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 9, 1, 8, 0, 0)), data)
    return out.getvalue()


def _dropped(chapter: str) -> list[Dropped]:
    ended = "applied" if chapter == "night" else "accepted"
    bad = {
        f"{code_of(3)}_retake.jpg": "bad_name",
        f"{code_of(4)}.jpg": "not_jpeg",
        f"drop.zip!class/{code_of(14)}.jpg": "damaged",
    }
    files = {path: data for path, data in _first().items() if path != "drop.zip"}
    files |= {f"drop.zip!{path}": data for path, data in _entries().items()}
    dropped = [
        _one(path, data, "quarantined" if path in bad else ended, bad.get(path, "")) for path, data in files.items()
    ]
    if chapter == "drop":
        return dropped
    becomes = {f"{code_of(0)}.jpg": OLDER, f"{code_of(4)}.jpg": "resolved"}
    dropped = [replace(file, state=becomes.get(file.path, file.state)) for file in dropped]
    return dropped + [_one(path, data, ended) for path, data in _second().items()]


def _one(path: str, data: bytes, state: str, reason: str = "") -> Dropped:
    student = path.replace("!", "/").rpartition("/")[2].removesuffix(".jpg")
    return Dropped(
        vendor="acme", path=path, sha256=sha256(data).hexdigest(), state=state, reason=reason, student=student
    )
