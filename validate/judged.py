"""The verdict on a photo's bytes, as it leaves a decoder process: to know it takes nothing that decodes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from pictureday.reasons import Finding

__all__ = ["Judged", "Rendition", "Span"]

Span = tuple[int, int]  # of bytes: from where, to before where


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendition:
    """What MiSiS would get of a photo: its hash (lower-case hex), its size in bytes, and how to come by it.

    Where things only had to be left out of the photo it is `pieces` of the photo, and need not be kept a second time;
    else it is `data`.
    """

    sha256: str
    size: int
    pieces: tuple[Span, ...] = ()
    data: bytes = b""

    @classmethod
    def cut(cls, photo: bytes, pieces: Sequence[Span]) -> Self:
        """These pieces of `photo`, joined."""
        digest, seen = hashlib.sha256(), memoryview(photo)
        for start, end in pieces:
            digest.update(seen[start:end])
        size = sum(end - start for start, end in pieces)
        return cls(sha256=digest.hexdigest(), size=size, pieces=tuple(pieces))

    @classmethod
    def made(cls, data: bytes) -> Self:
        """Bytes that are no pieces of the photo."""
        return cls(sha256=hashlib.sha256(data).hexdigest(), size=len(data), data=data)

    def of(self, photo: bytes) -> bytes:
        """Its bytes, being that of `photo`."""
        return b"".join([photo[start:end] for start, end in self.pieces]) or self.data


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is wrong with a photo (nothing: `findings` is empty), and what MiSiS would get.

    `width` and `height` are as shown, None where they can't be known. `rendition` is there for every
    photo that is whole and in RGB or grey, also where it is quarantined, as it may be released; it is
    None where no clean copy fits into `most_bytes`.
    """

    findings: tuple[Finding, ...]
    width: int | None = None
    height: int | None = None
    rendition: Rendition | None = None
