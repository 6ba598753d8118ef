"""Memory that we share with a decoder process: photos go in and renditions come out without passing a pipe.

A pipe copies each photo four times and wakes both sides for every 64 KB of it.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Sequence
from typing import Self

__all__ = ["Packed", "Room"]

# The length of bytes that lie in the room, one behind the other; or the bytes, where there was no room for them.
Packed = Sequence[int | bytes]


class Room:
    """Some bytes; only what was used of them takes memory. It ends with the last process that has it."""

    def __init__(self, file: int) -> None:
        """The room that the open file `file` is, here or in another process; it is closed with it."""
        self.file = file
        self._size = os.fstat(file).st_size
        self._map = mmap.mmap(file, self._size)

    @classmethod
    def new(cls, size: int) -> Self:
        """A room for us and whoever is handed its `file`."""
        return cls(_nameless(size))

    def put(self, pieces: Sequence[bytes]) -> Packed:
        """Lay the pieces down from the start on, over what was there; what the other side needs to `get` them."""
        packed: list[int | bytes] = []
        at = 0
        for piece in pieces:
            if at + len(piece) > self._size:
                packed.append(piece)
                continue
            self._map[at : at + len(piece)] = piece
            packed.append(len(piece))
            at += len(piece)
        return packed

    def get(self, packed: Packed) -> list[bytes]:
        """The pieces, copied: they stay what they are when the room is used again."""
        pieces, at = [], 0
        for one in packed:
            length = one if isinstance(one, int) else 0
            pieces.append(one if isinstance(one, bytes) else self._map[at : at + length])
            at += length
        return pieces

    def close(self) -> None:
        """Let go of it on this side."""
        self._map.close()
        os.close(self.file)


def _nameless(size: int) -> int:
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("pictureday-photos")
    else:
        with tempfile.TemporaryFile() as opened:
            file = os.dup(opened.fileno())
    os.ftruncate(file, size)
    return file
