"""An object as a seekable stream, read in blocks: a large zip is judged without being held whole, in memory or on disk.

A zip is read from its end, then from its start to its end; so a few blocks at a time are enough.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import BinaryIO, cast

from pictureday.s3.bucket import Bucket

__all__ = ["opened_by_range"]

_BLOCK = 2 << 20  # bytes in one request: long enough that the way there doesn't count
_BLOCKS = 3  # kept; one archive of each vendor may be open


def opened_by_range(bucket: Bucket, key: str) -> BinaryIO:
    """The object under `key`; raises `ObjectGone` at once. Reading raises `Outage`."""
    return cast("BinaryIO", io.BufferedReader(_Ranges(bucket, key, bucket.head(key).size), 1 << 16))


class _Ranges(io.RawIOBase):
    def __init__(self, bucket: Bucket, key: str, size: int) -> None:
        self._bucket = bucket
        self._key = key
        self._size = size
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("negative seek position")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed wants any buffer
        if self._at >= self._size:
            return 0
        number, inside = divmod(self._at, _BLOCK)
        piece = self._block(number)[inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            start = number * _BLOCK
            span = (start, min(start + _BLOCK, self._size) - 1)
            self._blocks[number] = self._bucket.get(self._key, span=span).read()
            if len(self._blocks) > _BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return self._blocks[number]
