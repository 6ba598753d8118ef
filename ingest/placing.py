"""Where a dropped file belongs: which delivery its path names, and what kind of file it claims to be."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.indexes import is_index
from pictureday.names import base_name, is_junk

__all__ = ["DONE", "Place", "kind_of", "place_of"]

DONE = "_DONE"  # a vendor's word that no new files come


@dataclass(frozen=True, kw_only=True)
class Place:
    """A delivery as the inbox shows it: `kind` is zip, folder or loose; `name` is '' for loose files."""

    kind: str
    name: str


def place_of(path: str) -> Place:
    """The delivery that a file at `path` (below the vendor's inbox folder) belongs to."""
    first, slash, _ = path.partition("/")
    if slash:
        return Place(kind="folder", name=first)
    if kind_of(path) == "archive":
        return Place(kind="zip", name=first)
    return Place(kind="loose", name="")


def kind_of(path: str) -> str:
    """What a file claims to be by its name: done, ignored, index, archive or photo."""
    name = base_name(path)
    if name == DONE:
        return "done"
    if is_junk(path):
        return "ignored"
    if is_index(path):
        return "index"
    return "archive" if name.lower().endswith(".zip") else "photo"
