"""The vendors' clients: uploads in portions, resumed, cut, sent again, replaced; and what they know they dropped."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.simulation.ground import CODES, VENDORS
from tests.simulation.nature import VirtualClock

__all__ = ["Clients", "Dropped"]

_HEAD, _TAIL = b"\xff\xd8", b"\xff\xd9"  # how a JPEG begins and ends, which is all that settling looks at


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A file that was dropped whole. `code` is its student's, or '' where its name is none; `kind` is of its bytes."""

    vendor: str
    path: str
    sha256: str
    code: str
    kind: str


@dataclass(kw_only=True)
class _Upload:
    vendor: str
    path: str
    data: bytes
    kind: str
    temporary: bool
    at: int = 0


class Clients:
    """All clients of all vendors. `dropped` is what must be found in the end, `known` any bytes that ever lay there."""

    def __init__(self, root: Path, clock: VirtualClock, chance: random.Random) -> None:
        self._root = root
        self._clock = clock
        self._chance = chance
        self._uploads: list[_Upload] = []
        self._sent: list[_Upload] = []
        self._lying: dict[Path, Dropped] = {}
        self.dropped: list[Dropped] = []
        self.known = {""}

    def begin(self) -> str:
        """Begin an upload: of new bytes, or now and then of something that was sent before."""
        vendor, path = self._chance.choice(VENDORS), self._path()
        old = self._chance.choice(self._sent) if self._sent and self._chance.random() < 0.15 else None
        kind = old.kind if old else self._chance.choices(["good", "bad", "poison"], [80, 17, 3])[0]
        data = old.data if old else self._bytes(kind)
        temporary = self._chance.random() < 0.2
        if old and self._chance.random() < 0.7:
            vendor, path = old.vendor, old.path
        self._uploads = [one for one in self._uploads if (one.vendor, one.path) != (vendor, path)]
        upload = _Upload(vendor=vendor, path=path, data=data, kind=kind, temporary=temporary)
        self._uploads.append(upload)
        return f"{vendor}/{path} {kind}"

    def send(self) -> str:
        """Send the next portion of some upload."""
        if not self._uploads:
            return "nothing"
        upload = self._chance.choice(self._uploads)
        size = self._chance.choice([7, 20, len(upload.data)])
        return self._send(upload, size)

    def cut(self) -> str:
        """A client goes away for good in the middle."""
        if not self._uploads:
            return "nothing"
        upload = self._uploads.pop(self._chance.randrange(len(self._uploads)))
        return f"{upload.vendor}/{upload.path} at {upload.at}"

    def mark_done(self) -> str:
        """A vendor says that no new files come for its folder."""
        vendor = self._chance.choice(VENDORS)
        folder = self._root / vendor / "inbox/fall"
        if folder.is_dir() and not (folder / "_DONE").exists():
            self._put(folder / "_DONE", b"", append=False)
            self._note(vendor, "fall/_DONE", b"", "good")
        return vendor

    def finish(self) -> None:
        """Send everything that was begun, to its end."""
        while self._uploads:
            self._send(self._uploads[0], len(self._uploads[0].data))

    def _path(self) -> str:
        code = self._chance.choice(list(CODES))
        names = [f"{code}.jpg", f"fall/{code}.jpg", f"fall/b/{code}.jpg", f"{code}_retake.jpg", ".DS_Store"]
        return self._chance.choices(names, [55, 20, 10, 5, 2])[0]

    def _bytes(self, kind: str) -> bytes:
        return _HEAD + f":{kind}:{len(self.known)}:{self._chance.randrange(10**9)}:".encode() + _TAIL

    def _send(self, upload: _Upload, size: int) -> str:
        final = self._root / upload.vendor / "inbox" / upload.path
        place = final.with_name(f"{final.name}.part") if upload.temporary else final
        portion = upload.data[upload.at : upload.at + size]
        self._put(place, portion, append=upload.at > 0)
        upload.at += len(portion)
        if upload.at < len(upload.data):
            return f"{upload.vendor}/{upload.path} to {upload.at}"
        return self._ended(upload, place, final)

    def _ended(self, upload: _Upload, place: Path, final: Path) -> str:
        if place.read_bytes() != upload.data:  # its first part was taken as cut meanwhile: the client begins again
            upload.at = 0
            return f"{upload.vendor}/{upload.path} again"
        self._uploads.remove(upload)
        self._sent.append(upload)
        if place != final:
            self._overwritten(final)
            place.replace(final)
        self._note(upload.vendor, upload.path, upload.data, upload.kind)
        return f"{upload.vendor}/{upload.path} whole"

    def _put(self, place: Path, data: bytes, *, append: bool) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        self._overwritten(place)
        with place.open("ab" if append else "wb") as file:
            file.write(data)
        at = int(self._clock.now().timestamp() * 10**9)
        os.utime(place, ns=(at, at))
        self.known.add(sha256(place.read_bytes()).hexdigest())

    def _overwritten(self, place: Path) -> None:
        # What still lies there was not taken: its vendor itself puts something else in its place.
        if (old := self._lying.pop(place, None)) and place.exists():
            self.dropped.remove(old)

    def _note(self, vendor: str, path: str, data: bytes, kind: str) -> None:
        stem = path.rpartition("/")[2].removesuffix(".jpg")
        code, name = stem if stem in CODES else "", sha256(data).hexdigest()
        one = Dropped(vendor=vendor, path=path, sha256=name, code=code, kind=kind)
        self._lying[self._root / vendor / "inbox" / path] = one
        self.dropped.append(one)
