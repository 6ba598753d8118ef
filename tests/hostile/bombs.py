"""Archives that are small and unpack to more than any disk has: flat, nested, and over themselves."""

from __future__ import annotations

import random
from functools import cache

from tests.hostile.faulty import good
from tests.unit.ingest.archive.zips import Part, build, quoted_overlap

__all__ = ["barely", "entries", "nested", "overlapping", "total"]


@cache
def megabytes(size: int) -> bytes:
    """So many MB that deflate to an 80th or so: less than the limit of the ratio."""
    luck = random.Random(size)
    return b"".join(luck.randbytes(150) + bytes(16_234) for _ in range(size * 1_000_000 // 16_384 + 1))


def barely() -> bytes:
    """One entry of a little more than 50 MB, all true."""
    return build(*good(), Part(name=b"999999A999.jpg", data=megabytes(50), deflated=True))


def total() -> bytes:
    """42 entries of 48 MB, all true: a little more than 2 GB in all."""
    one = Part(data=megabytes(48), deflated=True)
    packed, lie = one.bytes_packed(), {key: value for key, value in one.facts().items() if key != "name"}
    names = (b"%06dA000.jpg" % number for number in range(42))
    return build(*good(), *(Part(name=name, data=b"", packed=packed, local=lie, central=lie) for name in names))


def entries() -> bytes:
    """20,001 empty entries."""
    return build(*(Part(name=b"%06dA000.jpg" % number, data=b"") for number in range(20_001)))


def overlapping() -> bytes:
    """1,000 entries over each other, with right checksums: 100 kB that are more than 100 MB."""
    return quoted_overlap(1000)


def nested(levels: int = 5, breadth: int = 16) -> bytes:
    """A zip of zips of zips: 16^5 times 10 MB."""
    inner = build(Part(name=b"0.bin", data=bytes(10_000_000), deflated=True))
    for _ in range(levels):
        inner = build(*(Part(name=b"%02d.zip" % number, data=inner, deflated=True) for number in range(breadth)))
    return inner
