"""What the vendors drop in the kill tests, and what must become of every single file of it.

A good photo's file is named by its student, or by an index file; the even students are in `north`, where the
vendor `other` may not deliver.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from tests.flow.district import District, code_of
from tests.photos import cut, png, portrait

__all__ = ["OLDER", "STUDENTS", "Dropped", "Workload"]

STUDENTS = 3000
OLDER = "older"  # superseded or replaced: it depends on whether a night came before the newer photo
_GOOD = ""


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """One file as its vendor knows it, and its end: the state, and the reason for it ('' for none)."""

    vendor: str
    path: str
    sha256: str
    state: str
    reason: str = ""
    student: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells this file from every other, but for the very same bytes again under the same name."""
        return self.vendor, self.path, self.sha256


class Workload:
    """Drops deliveries and remembers every file. Each student has one photo at most, unless it is sent again."""

    def __init__(self, district: District) -> None:
        self.dropped: list[Dropped] = []
        self._district = district
        self._students = itertools.count()
        self._names = itertools.count(1)

    @property
    def photos(self) -> int:
        """How many of the files claim to be photos."""
        return sum(file.state not in {"index", "ignored"} for file in self.dropped)

    def zip(self, good: int, *, vendor: str = "acme") -> None:
        """An archive of `good` photos, with some bad ones among them and a Mac's junk."""
        name = f"drop-{next(self._names)}.zip"
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for path, data in self._mixed(good, vendor, f"{name}!class/").items():
                archive.writestr(path.partition("!")[2], data)
        self._put(vendor, name, out.getvalue())

    def zips(self, count: int, good: int, *, vendor: str = "acme") -> None:
        """So many small archives, each of which is a message of its own."""
        for _ in range(count):
            self.zip(good, vendor=vendor)

    def folder(self, good: int, *, vendor: str = "acme") -> None:
        """A folder moved in as a whole: half the names are a camera's, and an index file says whose photos they are."""
        name = f"folder-{next(self._names)}"
        files = self._mixed(good - good // 2, vendor, f"{name}/")
        index = ["File,Student ID"]
        for number in range(good // 2):
            student = self._student(vendor)
            index.append(f"DSC_{number:04}.jpg,{code_of(student)}")
            path, data = f"{name}/DSC_{number:04}.jpg", portrait(seed=student)
            files[self._note(vendor, path, data, "applied", student=code_of(student))] = data
        table = _lines(index)
        files[self._note(vendor, f"{name}/INDEX.TXT", table, "index")] = table
        self._move_in(vendor, name, files)

    def loose(self, good: int, *, vendor: str = "acme") -> None:
        """Loose files, some of them bad."""
        for path, data in self._mixed(good, vendor, "").items():
            self._put(vendor, path, data)

    def again(self, *, vendor: str = "acme") -> None:
        """Once more, of what was loose and is taken: a better photo, a mended one, and the very same bytes."""
        loose = [file for file in self.dropped if file.vendor == vendor and not {"/", "!"} & set(file.path)]
        good = [file for file in loose if file.state == "applied"]
        bad = next(file for file in loose if file.reason == "not_jpeg")
        for file, becomes in ((good[0], OLDER), (bad, "resolved")):
            data = portrait(seed=STUDENTS + next(self._names))
            self.dropped[self.dropped.index(file)] = _ended(file, becomes)
            self._put(vendor, self._note(vendor, file.path, data, "applied", student=file.student), data)
        same = portrait(seed=int(good[1].student[:6]))
        self._put(vendor, self._note(vendor, good[1].path, same, "unchanged", student=good[1].student), same)

    def _mixed(self, good: int, vendor: str, prefix: str) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        for number in range(good):
            if number % 20 == 10:
                files |= self._bad(number // 20, vendor, prefix)
            student = self._student(vendor)
            path, data = f"{prefix}{code_of(student)}.jpg", portrait(seed=student)
            files[self._note(vendor, path, data, "applied", student=code_of(student))] = data
        junk = f"{prefix}.DS_Store"
        return files | ({self._note(vendor, junk, b"junk", "ignored"): b"junk"} if prefix else {})

    def _bad(self, turn: int, vendor: str, prefix: str) -> dict[str, bytes]:
        student = self._student(vendor)
        code, data = code_of(student), portrait(seed=student)
        found = [
            (f"{code}_retake.jpg", data, "bad_name", ""),
            (f"{code}.jpg", portrait(150, 200, seed=student, quality=30), "too_small", code),
            (f"9{code[1:]}.jpg", data, "unknown_student", f"9{code[1:]}"),
            (f"{code}.jpg", png(seed=student), "not_jpeg", code),
        ]
        if vendor == "other":
            denied = code_of(next(self._students))
            found.append((f"{denied}.jpg", data, "not_granted", denied))
        if "!" in prefix:  # outside an archive, what was cut off would wait for the rest of it
            found.append((f"{code}.jpg", cut(data, 0.6), "damaged", code))
        name, bytes_, reason, named = found[-1 - turn % len(found)]
        path = self._note(vendor, prefix + name, bytes_, "quarantined", reason=reason, student=named)
        return {path: bytes_}

    def _student(self, vendor: str) -> int:
        # `other` may only deliver for the odd ones; a pair is used up, so that its even one stays free.
        first = next(self._students)
        return first if vendor != "other" or first % 2 else next(self._students)

    def _note(self, vendor: str, path: str, data: bytes, state: str, *, reason: str = "", student: str = "") -> str:
        self.dropped.append(
            Dropped(vendor=vendor, path=path, sha256=_sha(data), state=state, reason=reason, student=student)
        )
        return path

    def _put(self, vendor: str, path: str, data: bytes) -> None:
        (self._district.inbox(vendor) / path).write_bytes(data)

    def _move_in(self, vendor: str, name: str, files: Mapping[str, bytes]) -> None:
        filled = self._district.inboxes / f".{name}"
        filled.mkdir()
        for path, data in files.items():
            (filled / path.partition("/")[2]).write_bytes(data)
        filled.rename(self._district.inbox(vendor) / name)


def _ended(file: Dropped, state: str) -> Dropped:
    reason = "" if state == OLDER else file.reason
    return Dropped(**(vars(file) | {"state": state, "reason": reason}))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _lines(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()
