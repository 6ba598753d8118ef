"""A test set with every reason that a preflight can know: each rule at both sides of its edge, laid out as a drop.

Every file is one student's, so that none has to do with another; `delivery` numbers them.
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image

from tests import photos
from tests.flow.district import code_of
from tests.photos import portrait
from tests.unit.ingest.archive import zips
from tests.unit.ingest.archive.zips import Part

__all__ = ["FLAGGED", "LIMITS", "STRANGERS", "lay"]

# Archive limits that small archives can exceed.
LIMITS = "ingest.archive_entries = 30\ningest.archive_entry_bytes = 2000000\ningest.archive_bytes = 5000000"
FLAGGED, STRANGERS = 900, 950  # numbers of the student who must not be photographed, and of some off the roster

Files = dict[str, bytes]


def lay(folder: Path) -> list[str]:
    """Lay the whole set below `folder`; returns what lies there, each name a delivery or a loose file of one."""
    numbers = itertools.count()
    codes = (code_of(number) for number in numbers)
    files = _named(_photos(), codes) | _names(codes) | _indexed(codes) | _twice(codes) | _others(codes)
    for name, data in (files | _archives(codes)).items():
        path = folder / os.fsdecode(name.encode("utf-8", "surrogateescape"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / f"odd/{next(codes)}.jpg").symlink_to("/etc/hostname")
    os.mkfifo(folder / f"odd/{next(codes)}.jpg")
    return sorted(path.name for path in folder.iterdir())


def _padded(data: bytes, size: int) -> bytes:
    """`data` with a comment that brings it to `size` bytes."""
    return photos.with_comment(data, b"x" * (size - len(data) - 4))


def _flat(width: int, height: int) -> bytes:
    """A plain wall, which stays small however many pixels it has."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 150)).save(out, "JPEG", quality=20)
    return _padded(out.getvalue(), max(20_000, len(out.getvalue()) + 4))


def _photos() -> dict[str, bytes]:
    small = portrait(150, 200, bytes_between=(5_000, 14_000))
    return {
        **{f"size {size}": _padded(small, size) for size in (14_999, 15_000, 30_720, 30_721)},
        **{f"shape {w}x{h}": _flat(w, h) for w, h in _SHAPES},
        **_formats(),
        **_damaged(),
        "exif turned to a portrait": photos.turned(6),
        "exif turned to a landscape": photos.turned(6, 400, 300),
        "turning makes it too big": photos.turned(6, 150, 200, quality=5, progressive=True, icc_profile=bytes(29_700)),
        "claims too many pixels": photos.sized_header(portrait(), 30_000, 40_000),
        "all at once": portrait(400, 300, bytes_between=(31_000, 40_000)) + b"<?php",
    }


# The shape to a pixel, the least, and the most; 175 x 233 is the district's own example.
_SHAPES = (
    *((175, 233), (175, 234), (175, 232), (300, 400), (300, 401), (301, 400), (400, 300)),
    *((150, 200), (149, 199), (150, 199), (147, 196), (1224, 1632), (1225, 1633), (1227, 1636)),
)


def _formats() -> Files:
    return {
        "progressive": portrait(progressive=True),
        "grey": photos.grey(),
        "cmyk": photos.cmyk(),
        "mpo": photos.mpo(),
        "png": photos.png(),
        "gif": photos.gif(),
        "bmp": photos.bmp(),
        "tiff": photos.tiff(),
        "webp": photos.webp(),
        "heic": photos.heic(),
        "pdf": b"%PDF-1.7\n" + bytes(range(256)) * 70,
        "text": b"see the other folder\n" * 800,
        "zeros": bytes(20_000),
        "lossless": portrait().replace(b"\xff\xc0", b"\xff\xc3", 1),
    }


def _damaged() -> Files:
    good = portrait()
    middle = len(good) // 2
    return {
        "nothing": b"",
        "cut in half": photos.cut(good, 0.5),
        "end cut off": good[:-2],
        "zeros at the end": photos.zero_tail(good, 0.7),
        "closed early": photos.closed_early(good, 0.8),
        "hole in the middle": good[:middle] + bytes(64) + good[middle + 64 :],
        "stray bytes": good[:2] + b"xx" + good[2:],
        "lying header": photos.sized_header(good, 300, 800),
        "only a head": good[:30] + b"\xff\xd9",
        "zero padding": good + bytes(500),
        "text behind": good + b"hidden",
        "photo behind": good + good[:3_000],
        "comments and place": photos.with_gps(),
    }


def _named(made: Mapping[str, bytes], codes: Iterator[str]) -> Files:
    """Each photo under a student's code, in a folder that tells what it is."""
    return {f"photos/{what}/{next(codes)}.jpg": data for what, data in made.items()}


def _names(codes: Iterator[str]) -> Files:
    good = portrait()
    near = (
        *("{}.JPG", "{}.Jpg", "{}.jpeg", "{}.png", "{}", "{}.jpg.jpg", "{} (2).jpg", "{}_retake.jpg", "{}-1.jpg"),
        *("{} .jpg", " {}.jpg", "x{}.jpg", "~{}.jpg", "{}.jpg.part"),
        *("{}\n.jpg", "{}.jp\u0261", "{}\u200b.jpg", "{}\udcff.jpg"),
    )
    named = [pattern.format(next(codes)) for pattern in near]
    named += [next(codes).lower() + ".jpg", next(codes)[1:] + ".jpg", "0" + next(codes) + ".jpg"]
    named += ["\u0660" + next(codes)[1:] + ".jpg", next(codes).replace("A", "\u0391") + ".jpg", "\u202egpj.exe.jpg"]
    named += [f"{code_of(FLAGGED)}.jpg", f"{code_of(STRANGERS)}.jpg", f"a/b/c/{next(codes)}.jpg", "IMG_0001.jpg"]
    junk = (".DS_Store", "Thumbs.db", "desktop.ini", f"._{next(codes)}.jpg", f"__MACOSX/._{next(codes)}.jpg", "_DONE")
    return {f"names/{name}": good for name in named} | {f"names/{name}": b"junk" for name in junk}


def _indexed(codes: Iterator[str]) -> Files:
    named = {"IMG_1.jpg": portrait(seed=1), "IMG_2.jpg": photos.cut(portrait(), 0.9), "IMG_3.jpg": portrait(seed=3)}
    lines = [f"{next(codes)},IMG_1.jpg", f"{next(codes)},IMG_2.jpg", f"{code_of(STRANGERS + 1)},IMG_3.jpg"]
    named |= {"NOT LISTED.jpg": portrait(seed=4), "IDLINK.TXT": "\r\n".join([*lines, ""]).encode()}
    return {f"indexed/{name}": data for name, data in named.items()}


def _twice(codes: Iterator[str]) -> Files:
    """Two photos of one student: different and both good; one of them bad; the very same."""
    one, two, bad = portrait(seed=1), portrait(seed=2), photos.cut(portrait(), 0.9)
    pairs = {next(codes): pair for pair in ((one, two), (one, bad), (one, one))}
    return {f"twice/{part}/{code}.jpg": pair[part] for code, pair in pairs.items() for part in (0, 1)}


def _others(codes: Iterator[str]) -> Files:
    """Loose files, and a folder with a zip, with one that is broken, and with what is no file (see `lay`)."""
    good = zips.made({f"{next(codes)}.jpg": portrait(), f"{next(codes)}.JPG": photos.png()})
    mixed = {"good.zip": good, "broken.zip": good[:-30], f"{next(codes)}.jpg": portrait()}
    loose = {f"{next(codes)}.jpg": portrait(), "letter.pdf": b"%PDF-1.4 hello", "MAP.TXT": b""}
    return {f"odd/{name}": data for name, data in mixed.items()} | loose


def _archives(codes: Iterator[str]) -> Files:
    inside = {
        f"{next(codes)}.jpg": portrait(),
        f"class 1/{next(codes)}.jpg": portrait(),
        f"class 2/{next(codes)}.jpg": photos.cut(portrait(), 0.9),
        "more.zip": zips.made({"a.jpg": b"x"}),
        "__MACOSX/._x.jpg": b"junk",
        "class 2/Thumbs.db": b"junk",
        "IMG_9.jpg": portrait(seed=9),
        "IMG_8.jpg": portrait(seed=8),
        "IDLINK.TXT": f"{next(codes)},IMG_9.jpg\r\n".encode(),
    }
    good = zips.made(inside)
    faults = {name: _faulty(name, next(codes)) for name in _FAULTS}
    cut = {f"cut at {share}": photos.cut(good, share) for share in (0.1, 0.6, 0.999)}
    made = {"good": good, "empty": zips.made({}), "no zip": portrait(), "flat": b"", **faults, **cut}
    return {f"{name}.zip": data for name, data in made.items()}


_FAULTS: dict[str, Part] = {
    "traversal": Part(name=b"../x.jpg"),
    "absolute": Part(name=b"/x.jpg"),
    "drive": Part(name=b"C:\\x.jpg"),
    "control": Part(name=b"a\nb.jpg"),
    "link": Part(name=b"x.jpg", attributes=0o120777 << 16),
    "device": Part(name=b"x.jpg", attributes=0o020644 << 16),
    "password": Part(name=b"x.jpg", flags=1),
    "method": Part(name=b"x.jpg", local={"method": 12}, central={"method": 12}),
    "lie": Part(name=b"x.jpg", local={"name": b"y.jpg"}),
    "crc": Part(name=b"x.jpg", local={"crc": 1}, central={"crc": 1}),
    "bomb": Part(name=b"x.jpg", data=bytes(1_900_000), deflated=True),
    "big entry": Part(name=b"x.bin", data=bytes(2_000_001)),
    "duplicate": Part(name=b"./000000a001.JPG"),
    "big": Part(),
    "many": Part(),
    "count": Part(),
    "overlap": Part(),
    "split": Part(),
    "behind": Part(),
    "in front": Part(),
}


def _faulty(name: str, code: str) -> bytes:
    """An archive with one good photo and this fault."""
    photo = Part(name=f"{code}.jpg".encode(), data=portrait())
    made = {
        "duplicate": lambda: zips.build(photo, Part(name=f"./{code.lower()}.JPG".encode(), data=portrait(seed=2))),
        "big": lambda: zips.build(photo, *(Part(name=b"%d" % number, data=bytes(1_900_000)) for number in range(3))),
        "many": lambda: zips.build(photo, *(Part(name=b"%d.jpg" % number) for number in range(30))),
        "count": lambda: zips.build(photo, count=2),
        "overlap": lambda: zips.quoted_overlap(20),
        "split": lambda: zips.build(photo)[:-22] + zips.end(count=1, size=1, directory=1, disk=3),
        "behind": lambda: zips.build(photo) + b"<html>",
        "in front": lambda: b"MZ" + bytes(100) + zips.build(photo),
    }
    return made[name]() if name in made else zips.build(photo, _FAULTS[name])
