"""Which delivery a path names, and what kind of file it claims to be."""

from __future__ import annotations

import pytest

from ingest.placing import Place, kind_of, place_of


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("000412B003.jpg", "loose", ""),
        ("notes.txt", "loose", ""),
        ("_DONE", "loose", ""),
        ("drop.zip", "zip", "drop.zip"),
        ("DROP.ZIP", "zip", "DROP.ZIP"),
        ("._drop.zip", "loose", ""),
        ("drop.zip.part", "loose", ""),
        ("monday/a.jpg", "folder", "monday"),
        ("monday/deep/er/a.jpg", "folder", "monday"),
        ("monday/drop.zip", "folder", "monday"),
        ("drop.zip/a.jpg", "folder", "drop.zip"),
        ("\udcff\x1b[31m/a.jpg", "folder", "\udcff\x1b[31m"),
        ("..\\..\\a.jpg", "loose", ""),
    ],
)
def test_a_path_names_its_delivery(path: str, kind: str, name: str) -> None:
    """A zip is a delivery of its own, a folder is one with all that is in it, what lies directly there is loose."""
    assert place_of(path) == Place(kind=kind, name=name)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("000412B003.jpg", "photo"),
        ("readme.pdf", "photo"),
        ("x/_DONE", "done"),
        ("_done", "photo"),
        ("x/.DS_Store", "ignored"),
        ("__MACOSX/drop.zip", "ignored"),
        ("x/INDEX.TXT", "index"),
        ("x/drop.Zip", "archive"),
        ("zip", "photo"),
    ],
)
def test_a_name_says_what_the_file_claims_to_be(path: str, kind: str) -> None:
    """Junk and indexes are known by name; all else claims to be a photo, and is judged."""
    assert kind_of(path) == kind
