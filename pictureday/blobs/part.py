"""A part of a blob: photos lie in the archive that brought them, or together with those of their batch.

A file of its own for each photo costs a file system more than all else that is done for it, and a bucket a request.
What a part holds has its own hash, and is checked against it like a blob.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple, Self

__all__ = ["Part", "content"]


class Part(NamedTuple):
    """`length` bytes of the blob `holder`, from `at` on. `size`: that of what they hold, where they are deflated."""

    holder: str
    at: int
    length: int
    size: int | None = None

    def __str__(self) -> str:
        """As the catalogue keeps it."""
        packed = "" if self.size is None else f":{self.size}"
        return f"{self.holder}:{self.at}:{self.length}{packed}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `str`; raises `ValueError`."""
        holder, at, length, *size = text.split(":")
        return cls(holder=holder, at=int(at), length=int(length), size=int(size[0]) if size else None)


def content(part: Part, read: Callable[[int, int], bytes]) -> bytes:
    """What the part holds; `read(at, length)` gives bytes of its holder. b'' where they can't be inflated.

    Never more than `size` bytes: what an archive says of an entry was checked when it came in, what a disk has made
    of it since was not.
    """
    data = read(part.at, part.length)
    if part.size is None:
        return data
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, part.size) if part.size else b""
    except zlib.error:
        return b""
