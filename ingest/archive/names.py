"""Names inside an archive: bytes into text, and what makes two of them the same. They never become paths."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["is_absolute", "is_bad", "key", "leaves", "text"]

_UTF8 = 0x0800
# C0 and C1 controls, and the surrogates that stand for bytes which are no UTF-8.
_BAD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")


def text(raw: bytes, flags: int) -> str:
    """`raw` as text with `/` between the parts.

    With the UTF-8 flag it must be UTF-8 (what is not, stays as surrogate escapes and is refused). Without
    it, macOS writes UTF-8 all the same; what is no UTF-8 is the code page 437 that the format began with.
    """
    if flags & _UTF8:
        return raw.decode("utf-8", "surrogateescape").replace("\\", "/")
    try:
        return raw.decode("utf-8").replace("\\", "/")
    except UnicodeDecodeError:
        return raw.decode("cp437").replace("\\", "/")


def key(path: str) -> str:
    """Equal for two paths that a Mac or a Windows disk takes for one; a closing `/` does not count."""
    plain = "/".join([part for part in path.split("/") if part not in ("", ".")])
    if plain.isascii():
        return plain.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", plain).casefold())


def leaves(path: str) -> bool:
    """Whether `path` climbs with `..` (Windows drops spaces around it)."""
    return ".." in path and any(part.strip() == ".." for part in path.split("/"))


def is_absolute(path: str) -> bool:
    """Whether `path` starts at a root, a drive or a server (`//host/share`)."""
    return path.startswith("/") or _DRIVE.match(path) is not None


def is_bad(path: str) -> bool:
    """Whether `path` is empty, is no text, or holds NUL or other control characters."""
    return not path or _BAD.search(path) is not None
