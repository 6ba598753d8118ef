"""What a quiet file looks like from outside."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ingest.settle import Look
from ingest.whole import look_at
from tests.photos import portrait


def look(folder: Path, data: bytes, *, size: int | None = None) -> Look:
    """What a file of these bytes looks like; one that was allocated to `size` beforehand."""
    path = folder / "file"
    path.write_bytes(data)
    with path.open("r+b") as file:
        if size is not None:
            file.truncate(size)
        return look_at(file)


def archive() -> bytes:
    """A small zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as target:
        target.writestr("a.jpg", portrait())
    return data.getvalue()


@pytest.mark.parametrize("whole", [portrait(), archive()], ids=["photo", "zip"])
def test_what_is_whole_and_what_is_not(tmp_path: Path, whole: bytes) -> None:
    """A photo or a zip looks whole with its last byte, and cut with any less."""
    assert look(tmp_path, whole) is Look.WHOLE
    for length in (0, 3, len(whole) // 4, len(whole) * 99 // 100, len(whole) - 1):
        assert look(tmp_path, whole[:length]) is Look.CUT or length == 3


def test_zeros_behind_a_photo_are_allowed(tmp_path: Path) -> None:
    """Cameras pad; the end marker counts."""
    assert look(tmp_path, portrait() + b"\0" * 100) is Look.WHOLE


def test_a_hole_is_not_yet_there(tmp_path: Path) -> None:
    """A client that allocates first leaves a hole or zeros where it has not written yet."""
    assert look(tmp_path, portrait(), size=1_000_000) is Look.CUT
    assert look(tmp_path, b"\0" * 5000) is Look.CUT


def test_the_end_may_be_written_before_the_middle(tmp_path: Path) -> None:
    """A client that sends its parts in any order: both ends are right, and the hole between them tells."""
    path, photo = tmp_path / "file", portrait() + bytes(50_000) + b"\xff\xd9"
    with path.open("w+b") as file:
        file.write(photo[:4096])
        file.seek(40_960)
        file.write(photo[40_960:])
        file.flush()
        assert look_at(file) is Look.CUT
        file.seek(0)
        file.write(photo)
        file.flush()
        assert look_at(file) is Look.WHOLE


@pytest.mark.parametrize("data", [b"a text", b"\x89PNG\r\n\x1a\n", b"\xff"], ids=["text", "png", "one byte"])
def test_what_starts_like_nothing_known_has_nothing_to_wait_for(tmp_path: Path, data: bytes) -> None:
    """Only what starts like a photo or a zip can be told to be cut."""
    assert look(tmp_path, data) is Look.OTHER
