"""What lies at the paths given to `pictureday check`, grouped into the deliveries it would be."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ingest import kind_of
from ingest.archive import Entry, Inspection, Limits, inspect
from pictureday.errors import UserError
from pictureday.names import is_temporary, shown
from pictureday.reasons import Finding

__all__ = ["Dropped", "deliveries"]


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """One file or archive entry. `path` starts with the argument as given; `read` may raise `OSError`.

    `kind` is photo, index, ignored, archive (refused) or unusable; the last two come with their findings.
    `inside` is the path of an entry in its archive.
    """

    path: str
    kind: str
    size: int = 0
    read: Callable[[], bytes] = bytes
    findings: tuple[Finding, ...] = ()
    inside: str = ""

    @property
    def name(self) -> str:
        """The path that may name a student: `drop.zip!x.jpg` is called x.jpg."""
        return self.inside or self.path


def deliveries(paths: Sequence[str], limits: Limits) -> Iterator[list[Dropped]]:
    """Each folder and each archive is a delivery of its own, all other files together are one.

    Raises `UserError` where a path does not exist, before anything is read.
    """
    kinds = {path: _kind_of_argument(path) for path in dict.fromkeys(paths)}
    loose: list[Dropped] = []
    for path, kind in kinds.items():
        if kind == "folder":
            yield list(_in_folder(path, limits))
        elif kind == "archive":
            yield list(_in_archive(path, limits))
        else:
            loose += _file(path, Path(path).stat(), limits)
    if loose:
        yield loose


def _kind_of_argument(path: str) -> str:
    try:
        found = Path(path).stat()
    except (OSError, ValueError) as error:
        raise UserError(f"There is no {shown(path)}.", fix="Name photos, folders or zip files.") from error
    if stat.S_ISDIR(found.st_mode):
        return "folder"
    return "archive" if stat.S_ISREG(found.st_mode) and kind_of(path) == "archive" else "file"


def _in_folder(folder: str, limits: Limits) -> Iterator[Dropped]:
    prefix = folder if folder.endswith("/") else f"{folder}/"
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise UserError(f"The folder {shown(folder)} can't be read: {error.strerror}.") from error
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _in_folder(prefix + entry.name, limits)
        else:
            yield from _file(prefix + entry.name, entry.stat(follow_symlinks=False), limits)


def _file(path: str, found: os.stat_result, limits: Limits) -> Iterator[Dropped]:
    if is_temporary(path.rpartition("/")[2]):
        # The inbox waits for the rename; it would never be judged under this name.
        yield Dropped(path=path, kind="ignored")
    elif not stat.S_ISREG(found.st_mode):
        yield Dropped(path=path, kind="unusable", findings=(Finding(code="not_a_file"),))
    elif kind_of(path) == "archive":
        yield from _in_archive(path, limits)
    else:
        yield Dropped(path=path, kind=_kind(path), size=found.st_size, read=Path(path).read_bytes)


def _in_archive(path: str, limits: Limits) -> Iterator[Dropped]:
    try:
        with Path(path).open("rb") as source:
            inspection = inspect(source, limits)
    except OSError as error:
        unreadable = Finding(code="archive_unreadable", facts={"fault": error.strerror or "it is in use"})
        yield Dropped(path=path, kind="archive", findings=(unreadable,))
        return
    if inspection.refused:
        yield Dropped(path=path, kind="archive", findings=inspection.findings)
    for entry in inspection.entries:
        inside = f"{path}!{entry.path}"
        if kind_of(entry.path) == "archive" and not entry.is_folder:
            yield Dropped(path=inside, kind="unusable", findings=(Finding(code="nested_archive"),))
        elif not entry.is_folder:
            read = partial(_read_entry, path, inspection, entry)
            yield Dropped(path=inside, kind=_kind(entry.path), size=entry.size, read=read, inside=entry.path)


def _read_entry(path: str, inspection: Inspection, entry: Entry) -> bytes:
    with Path(path).open("rb") as source:
        return b"".join(inspection.read(source, entry))


def _kind(path: str) -> str:
    kind = kind_of(path)
    return "ignored" if kind == "done" else kind
