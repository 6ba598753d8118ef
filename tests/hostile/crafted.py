"""Photos built by hand to mislead: layers without end, EXIF that bites its tail, files that are two things at once."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from itertools import islice

from tests.photos import portrait, with_comment, with_segment

__all__ = ["LOOPS", "POLYGLOTS", "SCRIPT", "exif", "layered", "zip_inside"]

SCRIPT = b"<html><script>alert(document.cookie)</script></html>"


def layered(width: int, height: int, *, layers: int, behind: int = 0) -> bytes:
    """A faultless progressive photo, all grey, of so many layers, and `behind` zeros after its end to fill it up.

    Each coefficient comes bit by bit in a layer of its own, and each layer says of all blocks at once: nothing here.
    """
    blocks = -(-width // 8) * -(-height // 8)
    frame = b"".join(struct.pack("3B", number, 0x11, 0) for number in (1, 2, 3))
    head = b"\xff\xd8" + _segment(0xDB, b"\0" + b"\1" * 64)
    head += _segment(0xC2, struct.pack(">BHHB", 8, height, width, 3) + frame)
    # One code each, '0': no difference for DC, and for AC the greatest run of empty blocks that fits.
    run = min(14, blocks.bit_length() - 1)
    tables = (b"\0" + b"\1" + bytes(15) + b"\0", b"\x10" + b"\1" + bytes(15) + bytes((run << 4,)))
    head += b"".join(_segment(0xC4, table) for table in tables)
    return head + b"".join(islice(_layers(blocks, run), layers)) + b"\xff\xd9" + bytes(behind)


def _layers(blocks: int, run: int) -> Iterator[bytes]:
    yield _scan((1, 2, 3), 0, 0, 0) + bytes(-(-3 * blocks // 8))  # a bit for each difference
    said = ("0" + f"{blocks - (1 << run):0{run}b}").ljust(-(-(1 + run) // 8) * 8, "1")
    empty = int(said, 2).to_bytes(len(said) // 8, "big").replace(b"\xff", b"\xff\0")
    for component in (1, 2, 3):
        for coefficient in range(1, 64):
            yield _scan((component,), coefficient, 0, 13) + empty
            for low in range(12, -1, -1):
                yield _scan((component,), coefficient, low + 1, low) + empty


def _scan(components: tuple[int, ...], coefficient: int, high: int, low: int) -> bytes:
    chosen = b"".join(bytes((component, 0)) for component in components)
    return _segment(0xDA, bytes((len(components),)) + chosen + bytes((coefficient, coefficient, high << 4 | low)))


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def exif(*entries: tuple[int, int, int, int], count: int | None = None, first: int = 8, following: int = 0) -> bytes:
    """A photo with this EXIF directory: entries of (tag, type, number of values, value), and the next one's place."""
    told = len(entries) if count is None else count
    directory = struct.pack(">H", told) + b"".join(struct.pack(">HHLL", *entry) for entry in entries)
    body = b"Exif\0\0MM\0*" + struct.pack(">L", first) + directory + struct.pack(">L", following)
    return with_segment(portrait(150, 200), 0xE1, body)


_EXIF, _GPS, _MAKER, _LONG, _SHORT = 0x8769, 0x8825, 0x927C, 4, 3
_HUGE = 0xFFFF_FFFF

# Each as a photo without orientation: it is shown as it is stored.
LOOPS: dict[str, bytes] = {
    "the next directory is this one": exif((_EXIF, _LONG, 1, 26), following=8),
    "the EXIF directory is this one": exif((_EXIF, _LONG, 1, 8)),
    "the GPS directory is this one": exif((_GPS, _LONG, 1, 8), (_EXIF, _LONG, 1, 8), following=8),
    "two directories that name each other": exif((_EXIF, _LONG, 1, 26), (0, 0, 0x0001_8769, 0x0004_0000), following=20),
    "a value that lies in itself": exif((_MAKER, 7, 12, 10), (0x0100, _SHORT, 99, 10)),
    "65,535 entries": exif((_EXIF, _LONG, 1, 8), count=0xFFFF),
    "4 billion values": exif((_MAKER, 7, _HUGE, 8), (_GPS, _LONG, _HUGE, 8), (0x0111, _LONG, _HUGE, 0)),
    "a directory far outside": exif((_EXIF, _LONG, 1, _HUGE), first=_HUGE, following=_HUGE),
    "a directory in its own header": exif((_EXIF, _LONG, 1, 0), first=0),
    "no entries": exif(count=0),
    "a thumbnail of 4 gigabytes": exif((0x0201, _LONG, 1, 0), (0x0202, _LONG, 1, _HUGE), following=8),
    "an orientation of another type": exif((0x0112, 5, 1, 8)),
    "an orientation of no use": exif((0x0112, _SHORT, 1, 0xFFFF_0000)),
    "four hundred copies": with_segment(exif(following=8), 0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0" * 400),
}


def zip_inside() -> bytes:
    """A small zip, as a Java program is one."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Main-Class: Evil\n")
        archive.writestr("Evil.class", b"\xca\xfe\xba\xbe")
    return target.getvalue()


def _pdf() -> bytes:
    action = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction" + action + b">>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _as_script() -> bytes:
    # A browser may run it: `ÿØÿà` is a name in Latin-1, and the length of the first segment opens a comment (`/*`).
    return b"\xff\xd8\xff\xe0/*" + b"JFIF\0\1\1\0\0\1\0\1\0\0".ljust(0x2F2A - 2, b"\0") + _closing()


def _closing() -> bytes:
    small = portrait(150, 200)
    return _segment(0xFE, b"*/=alert(document.cookie)/*") + small[small.index(b"\xff\xdb") :]


# What they are besides, the file, and the reasons it must be given; what is only hidden in a part is cleaned away.
POLYGLOTS: dict[str, tuple[bytes, list[str]]] = {
    "a zip behind it": (portrait() + zip_inside(), ["trailing_data"]),
    "a zip in a comment": (with_comment(portrait(), zip_inside()), []),
    "a program that starts as a GIF": (b"GIF89a" + portrait()[6:] + zip_inside(), ["not_jpeg"]),
    "a zip in front": (zip_inside() + portrait(), ["not_jpeg"]),
    "a PDF behind it": (portrait() + _pdf(), ["trailing_data"]),
    "a PDF in a comment": (with_comment(portrait(), _pdf()), []),
    "a PDF in front": (_pdf() + portrait(), ["not_jpeg"]),
    "a web page in a comment": (with_comment(portrait(), SCRIPT), []),
    "a web page in a part that decoders pass over": (with_segment(portrait(), 0xDC, SCRIPT), []),
    "a web page in its camera's name": (with_segment(portrait(), 0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0" + SCRIPT), []),
    "a web page behind it": (portrait() + SCRIPT, ["trailing_data"]),
    "a web page in front": (SCRIPT.ljust(512) + portrait(), ["not_jpeg"]),
    "a script": (_as_script(), []),
}
