"""From a file of a delivery to its student, by all the index files of that delivery together.

A wrong guess would put one child's photo on another child's record, so a row only speaks for a file
that it can mean: the file lies below the index (for SASI's XREFPICT, beside the index's own folder)
and its path ends with all that the row says. The nearest index wins; a contradiction means no code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ingest.indexes.index import Entry, Index, declared_fields, read_index
from ingest.indexes.kinds import is_readme

__all__ = ["FileMap", "merge"]

Place = TypeVar("Place")

_DEEPEST = 64  # folders: no vendor nests deeper, and a hostile path must not cost more
_LONGEST_TAIL = 4  # parts of a row's path that are compared: volume, folder, subfolder, file


@dataclass(frozen=True, kw_only=True)
class FileMap:
    """Student codes by file. `mapped` rows were understood, `skipped` lines were not."""

    exact: Mapping[str, str | None] = field(default_factory=dict)
    tails: Mapping[tuple[str, str], str | None] = field(default_factory=dict)  # by (folder above, end of the path)
    mapped: int = 0
    skipped: int = 0

    def code_for(self, path: str) -> str | None:
        """The code for the file at `path`, relative to the delivery; None where no row or more than one code claims it.

        In order: the very path a row names; the nearest folder with a row whose whole path this one ends with.
        """
        wanted = _key(path)
        if wanted in self.exact:
            return self.exact[wanted]
        for place in _places(wanted.split("/")):
            if place in self.tails:
                return self.tails[place]
        return None


def merge(files: Iterable[tuple[str, bytes]]) -> FileMap:
    """The map that `files` (path relative to the delivery, bytes) make together. Never raises."""
    known = list(files)
    fields = {_folder(_key(path)): declared_fields(data) for path, data in known if is_readme(path)}
    indexes = [read_index(path, data, fields.get(_folder(_key(path)), ())) for path, data in known]
    exact: dict[str, str | None] = {}
    tails: dict[tuple[str, str], str | None] = {}
    for index in indexes:
        _add(index, exact, tails)
    return FileMap(
        exact=exact,
        tails=tails,
        mapped=sum(len(index.entries) for index in indexes),
        skipped=sum(index.skipped for index in indexes),
    )


def _add(index: Index, exact: dict[str, str | None], tails: dict[tuple[str, str], str | None]) -> None:
    folder = _folder(_key(index.path))
    # SASI alone keeps its index in a folder of its own, beside the photos'.
    beside = "xrefpict" in _key(index.path).rpartition("/")[2]
    scopes = {folder, _folder(folder)} if beside else {folder}
    for entry in index.entries:
        for path in _paths(entry):
            _claim(exact, _below(folder, path), entry.code)
        for tail in _tails(entry):
            for scope in scopes:
                _claim(tails, (scope, tail), entry.code)


def _paths(entry: Entry) -> set[str]:
    # With and without the volume, which some have as a folder; and the bare name, for a vendor that
    # put the photos beside the index after all.
    path = "/".join(_key(part) for part in entry.parts)
    volume = _key(entry.volume)
    return {path, path.rpartition("/")[2], *([f"{volume}/{path}"] if volume else [])}


def _tails(entry: Entry) -> Iterator[str]:
    parts = [_key(part) for part in (entry.volume, *entry.parts) if part][-_LONGEST_TAIL:]
    # A row that names a folder never speaks for the same name in another folder.
    shortest = 1 if len(entry.parts) == 1 else 2
    for length in range(shortest, len(parts) + 1):
        yield "/".join(parts[-length:])


def _claim(claims: dict[Place, str | None], place: Place, code: str) -> None:
    claims[place] = code if claims.get(place, code) == code else None


def _places(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(parts) > _DEEPEST:
        return
    for depth in range(len(parts) - 1, -1, -1):
        for length in range(min(_LONGEST_TAIL, len(parts) - depth), 0, -1):
            yield "/".join(parts[:depth]), "/".join(parts[-length:])


def _key(path: str) -> str:
    # `drop.zip!a/b.jpg` is a path like any other; a byte that was no UTF-8 is read as the indexes are.
    plain = re.sub(r"(?i)(\.zip)!", r"\1/", path.replace("\\", "/"))
    text = re.sub("[\udc80-\udcff]", lambda byte: bytes([ord(byte[0]) - 0xDC00]).decode("cp1252", "replace"), plain)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip("/")


def _folder(key: str) -> str:
    return key.rpartition("/")[0]


def _below(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path
