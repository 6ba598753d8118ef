"""Which files are a vendor's index or manifest, by name alone (formats: PSPA, Destiny, PowerSchool, SASI)."""

from __future__ import annotations

import re

from pictureday.names import base_name, is_junk

__all__ = ["is_index", "is_readme", "is_table"]

# Tables that may map a file to a student: PSPA, Destiny/Lifetouch, PowerSchool, SASI, and the plain word.
_TABLES = frozenset({"index", "master", "idlink", "map", "xrefpict", "manifest"})
# Texts that come with them.
_TEXTS = frozenset({"copyright", "readme", "exceptions"})
# Words that make a longer name an index too: `lincoln_index.csv`, `manifest-2.txt`.
_WORDS = frozenset({"index", "idlink", "xrefpict", "manifest"})
_ENDINGS = frozenset({"", "txt", "csv", "tsv", "tab"})


def is_index(path: str) -> bool:
    """Whether the file at `path` is an index, a manifest or a text that comes with one."""
    stem = _stem(path)
    return stem != "" and (_names_table(stem) or stem in _TEXTS)


def is_table(path: str) -> bool:
    """Whether the file at `path` may map file names to students."""
    return _names_table(_stem(path))


def is_readme(path: str) -> bool:
    """Whether the file at `path` is PSPA's README.TXT, which may name the columns of the index beside it."""
    return _stem(path) == "readme"


def _names_table(stem: str) -> bool:
    return stem in _TABLES or not _WORDS.isdisjoint(re.split(r"[^a-z0-9]+", stem))


def _stem(path: str) -> str:
    # '' for a name that can't be an index: junk (`._INDEX.TXT`), or another ending.
    stem, dot, ending = base_name(path).casefold().rpartition(".")
    if not dot:
        stem, ending = ending, ""
    return stem if ending in _ENDINGS and not is_junk(path) else ""
