"""The deliveries of the demo: what two vendors upload in one afternoon, and what must become of it.

Each function uploads with one vendor's client, and returns what to expect of every file, so that
whoever runs the pipeline can check its numbers instead of admiring them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pictureday.demo import spoiled
from pictureday.demo.district import DISTRICT, District, Student
from pictureday.demo.portraits import portrait
from pictureday.demo.uploads import Client, Sent, nothing, upload, upload_large, zipped
from pictureday.messages import DeliveryState, FileState

__all__ = ["Expected", "attack_zip", "bad_folder", "clean_zip", "indexed_folder", "loose_files"]

_ELEMENTARY, _MIDDLE, _HIGH = "1101", "1202", "1303"
_IN_ZIP, _IN_FOLDER, _LOOSE = 80, 60, 40  # photos of the first three deliveries
_GOOD = 6  # good photos beside the bad ones


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What must become of one delivery before the nightly sync.

    `verdicts` has every file under the path that its vendor knows; `reasons` those that were not accepted.
    """

    vendor: str
    kind: str  # zip, folder, loose
    name: str
    title: str  # what the summary calls it
    state: DeliveryState = DeliveryState.CLOSED
    verdicts: Mapping[str, FileState]
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def files(self) -> int:
        """How many files were dropped."""
        return len(self.verdicts)

    @property
    def counts(self) -> dict[FileState, int]:
        """How many files there are of each state; they add up to `files`."""
        return dict(Counter(self.verdicts.values()))


def clean_zip(client: Client, sent: Sent = nothing, *, district: District = DISTRICT) -> Expected:
    """Brightside: the elementary school in one large zip."""
    photos = _by_code(district.students_of(_ELEMENTARY)[:_IN_ZIP], "Maple Grove/")
    upload_large(client, "maple-grove.zip", zipped(photos), sent)
    return Expected(
        vendor="brightside",
        kind="zip",
        name="maple-grove.zip",
        title="zip",
        verdicts=_all_accepted(f"maple-grove.zip!{path}" for path in photos),
    )


def indexed_folder(client: Client, sent: Sent = nothing, *, district: District = DISTRICT) -> Expected:
    """Brightside: the middle school in a PSPA folder, photos named by the camera, and junk of two systems."""
    students = district.students_of(_MIDDLE)[:_IN_FOLDER]
    photos = {f"FOLDER1/IMG_{number:04d}.jpg": portrait(one.seed) for number, one in enumerate(students, start=1)}
    index = {"INDEX.TXT": _index(students), "README.TXT": _readme()}
    upload(client, photos | _JUNK | index, sent, folder="Cedar Creek")
    states = {
        **dict.fromkeys(photos, FileState.ACCEPTED),
        **dict.fromkeys(_JUNK, FileState.IGNORED),
        **dict.fromkeys(index, FileState.INDEX),
    }
    return Expected(
        vendor="brightside",
        kind="folder",
        name="Cedar Creek",
        title="indexed folder",
        verdicts={f"Cedar Creek/{path}": state for path, state in states.items()},
    )


def loose_files(client: Client, sent: Sent = nothing, *, district: District = DISTRICT) -> Expected:
    """Lumen: most of the high school, file by file."""
    photos = _by_code(district.students_of(_HIGH)[:_LOOSE])
    upload(client, photos, sent)
    return Expected(
        vendor="lumen-studio",
        kind="loose",
        name="",
        title="loose files",
        verdicts=_all_accepted(photos),
    )


def bad_folder(client: Client, sent: Sent = nothing, *, district: District = DISTRICT) -> Expected:
    """Lumen: the rest of the high school, in which nearly everything goes wrong that can."""
    students = district.students_of(_HIGH)[_LOOSE:]
    good = _by_code(students[:_GOOD])
    bad = _mistakes(students[_GOOD:], district)
    files = good | {path: data for path, (data, _) in bad.items()}
    upload(client, files, sent, folder="Harbor View part 2")
    states = {**dict.fromkeys(good, FileState.ACCEPTED), **dict.fromkeys(bad, FileState.QUARANTINED)}
    return Expected(
        vendor="lumen-studio",
        kind="folder",
        name="Harbor View part 2",
        title="bad folder",
        verdicts={f"Harbor View part 2/{path}": state for path, state in states.items()},
        reasons={f"Harbor View part 2/{path}": (reason,) for path, (_, reason) in bad.items()},
    )


def attack_zip(client: Client, sent: Sent = nothing, *, district: District = DISTRICT) -> Expected:
    """Lumen: a zip that tries to write outside its folder. Nothing of it gets in, not even the good photo."""
    photos = _by_code(district.students_of(_HIGH)[:1])
    outside = {"../../../etc/cron.d/retakes": b"* * * * * root true\n"}
    upload_large(client, "retakes.zip", zipped(photos | outside), sent)
    return Expected(
        vendor="lumen-studio",
        kind="zip",
        name="retakes.zip",
        title="attack in a zip",
        state=DeliveryState.REFUSED,
        verdicts={"retakes.zip": FileState.REFUSED},
        reasons={"retakes.zip": ("archive_path_traversal",)},
    )


def _mistakes(students: Sequence[Student], district: District) -> dict[str, tuple[bytes, str]]:
    """Each file with its bytes and the one reason it must get."""
    near, png, big, small, cut, square, printed = students[:7]
    hidden = next(one for one in district.students_of(_HIGH) if one.do_not_photograph)
    foreign = district.students_of(_ELEMENTARY)[0]
    return {
        "Kim_Jordan.jpg": (portrait(901), "bad_name"),
        f"{near.code} (2).jpg": (portrait(near.seed), "bad_name"),
        f"{png.code}.jpg": (spoiled.png(png.seed), "not_jpeg"),
        f"{big.code}.jpg": (spoiled.too_big(big.seed), "too_big"),
        f"{small.code}.jpg": (spoiled.too_small(small.seed), "too_small"),
        f"{cut.code}.jpg": (spoiled.cut_off(cut.seed), "damaged"),
        f"{square.code}.jpg": (spoiled.wrong_shape(square.seed), "wrong_shape"),
        f"{printed.code}.jpg": (spoiled.cmyk(printed.seed), "wrong_colour"),
        "999999Z999.jpg": (portrait(902), "unknown_student"),
        f"{foreign.code}.jpg": (portrait(903), "not_granted"),
        f"{hidden.code}.jpg": (portrait(hidden.seed), "do_not_photograph"),
    }


def _by_code(students: Iterable[Student], folder: str = "") -> dict[str, bytes]:
    return {f"{folder}{student.code}.jpg": portrait(student.seed) for student in students}


def _all_accepted(paths: Iterable[str]) -> dict[str, FileState]:
    return dict.fromkeys(paths, FileState.ACCEPTED)


# What the Finder and the Explorer leave in every folder they were shown.
_JUNK = {
    ".DS_Store": b"\0\0\0\1Bud1" + bytes(6140),
    "FOLDER1/Thumbs.db": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(5112),
    "__MACOSX/FOLDER1/._IMG_0001.jpg": bytes.fromhex("0005160700020000") + bytes(200),
}
# PSPA's ten columns; the student's code is an eleventh, which only README.TXT tells of.
_COLUMNS = (
    "Volume Name", "Image Folder", "Image File Name", "Grade", "Last Name", "First Name",
    "Home Room", "Period", "Teacher Name", "Track", "ID",
)  # fmt: skip


def _index(students: Sequence[Student]) -> bytes:
    rows = (_index_row(number, student) for number, student in enumerate(students, start=1))
    return "".join("\t".join(row) + "\r\n" for row in rows).encode()


def _index_row(number: int, student: Student) -> tuple[str, ...]:
    first, _, last = student.name.partition(" ")
    return ("VOL1", "FOLDER1", f"IMG_{number:04d}.jpg", student.grade, last, first, "", "", "", "", student.code)


def _readme() -> bytes:
    fields = [f"[Field Definition #{number}] = {name}" for number, name in enumerate(_COLUMNS, start=1)]
    lines = ["[School Name] = Cedar Creek Middle", f"[# Fields] = {len(_COLUMNS)}", *fields, "[Lab Name] = Brightside"]
    return "\r\n".join([*lines, ""]).encode()
