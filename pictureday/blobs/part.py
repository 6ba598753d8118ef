"""A part of a blob: photos lie in the archive that brought them, or together with those of their batch.

A file of its own for each photo costs a file system more than all else that is done for it, and a bucket a request.
What a part holds has its own hash, and is checked against it like a blob. A photo from which things were only left out
is not written again: its part is that of the photo, and says which pieces of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple, Self

__all__ = ["Part", "Span", "content"]

Span = tuple[int, int]  # from where, to before where


class Part(NamedTuple):
    """`length` bytes of the blob `holder`, from `at` on. `size`: that of what they hold, where they are deflated.

    `pieces`: what of that is meant, joined; all of it, where there are none.
    """

    holder: str
    at: int
    length: int
    size: int | None = None
    pieces: tuple[Span, ...] = ()

    def __str__(self) -> str:
        """As the catalogue keeps it: `holder:at:length`, then `:size` where deflated, then `|from-to,from-to`."""
        packed = "" if self.size is None else f":{self.size}"
        pieces = ",".join(f"{start}-{end}" for start, end in self.pieces)
        return f"{self.holder}:{self.at}:{self.length}{packed}{pieces and '|'}{pieces}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `str`; raises `ValueError`."""
        whole, _, pieces = text.partition("|")
        holder, at, length, *size = whole.split(":")
        return cls(
            holder=holder,
            at=int(at),
            length=int(length),
            size=int(size[0]) if size else None,
            pieces=tuple(_span(piece) for piece in pieces.split(",")) if pieces else (),
        )


def content(part: Part, read: Callable[[int, int], bytes]) -> bytes:
    """What the part holds; `read(at, length)` gives bytes of its holder. b'' where they can't be inflated.

    Never more than `size` bytes: what an archive says of an entry was checked when it came in, what a disk has made
    of it since was not.
    """
    data = read(part.at, part.length)
    if part.size is not None:
        data = _inflated(data, part.size)
    return b"".join([data[start:end] for start, end in part.pieces]) if part.pieces else data


def _inflated(data: bytes, size: int) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size) if size else b""
    except zlib.error:
        return b""


def _span(text: str) -> Span:
    start, _, end = text.partition("-")
    return int(start), int(end)
