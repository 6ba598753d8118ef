"""Vendors' index files: what they are called, what they say, and what they can't do."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.indexes import is_index, merge, read_index
from ingest.indexes.index import declared_fields

A, B = "123456X789", "000001A002"
PSPA = ["Volume Name", "Image Folder", "Image File Name", "Grade", "Last Name", "First Name", "Home Room"]
PSPA += ["Period", "Teacher Name", "Track"]


def _pspa(*cells: str, ending: str = "\r\n") -> str:
    return "\t".join(cells) + ending


def _row(folder: str, file: str, code: str) -> str:
    return _pspa("VOL1", folder, file, "05", "Doe", "Jane", "12", "1", "Smith", "A", code)


KNOWN = ["INDEX.TXT", "a/index.csv", "x/MASTER.txt", "IDLINK.TXT", "map.txt", "DATAMAC/XREFPICT", "XrefPict.TXT"]
TEXTS = ["COPYRIGHT.TXT", "Readme.txt", "Exceptions.txt"]
LONGER = ["manifest.csv", "lincoln_index.csv", "C\\D\\INDEX.TXT"]
OTHERS = ["123456X789.jpg", "index.jpg", "INDEX.TXT.exe", "notes.txt", "._INDEX.TXT", "__MACOSX/INDEX.TXT", ""]


@pytest.mark.parametrize("path", KNOWN + TEXTS + LONGER)
def test_index_files_are_known_by_name(path: str) -> None:
    """What the vendors' exporters write beside the photos is an index, in any case and folder."""
    assert is_index(path)


@pytest.mark.parametrize("path", OTHERS)
def test_other_files_are_no_index(path: str) -> None:
    """A photo, a note and an operating system's shadow of an index are no index."""
    assert not is_index(path)


def test_powerschool_map() -> None:
    """MAP.TXT has the code, a tab and the file, and no header."""
    files = merge([("MAP.TXT", f"{A}\tone.jpg\r\n{B}\ttwo.jpg\r\n".encode())])
    assert (files.code_for("one.jpg"), files.code_for("TWO.JPG"), files.code_for("three.jpg")) == (A, B, None)


def test_destiny_idlink() -> None:
    """IDLINK.TXT has quoted cells with commas between, and the photos anywhere below it."""
    files = merge([("cd/IDLINK.TXT", f'"{A}","one.jpg","Doe, Ann","Jane","5"\r\n'.encode())])
    assert files.code_for("cd/photos/one.jpg") == A


def test_sasi_photos_lie_beside_the_folder_of_the_index() -> None:
    """DATAMAC/XREFPICT speaks of PICFILE/, and its empty first row and padded numbers are no codes."""
    files = merge([("DATAMAC/XREFPICT", f'"",".JPG"\r\n"0000012345","two.jpg"\r\n"{A}","one.jpg"\r\n'.encode())])
    assert (files.code_for("PICFILE/one.jpg"), files.code_for("PICFILE/two.jpg"), files.skipped) == (A, None, 2)


@pytest.mark.parametrize(
    "line", [f"{A},one.jpg", f"one.jpg,{A}", f"one.jpg;{A}", f'"one.jpg"\t"{A.lower()}"', f"one,{A}"]
)
def test_two_columns_in_either_order(line: str) -> None:
    """Two columns need no header: the cell that is a student code tells which is which."""
    assert merge([("index.csv", line.encode())]).code_for("one.jpg") == A


def test_pspa_without_a_header() -> None:
    """An extra column of student codes is found by its cells, even where nothing declares it."""
    files = merge([("INDEX.TXT", (_row("FOLDER1", "IMG1.JPG", A) + _row("FOLDER2", "IMG1.JPG", B)).encode())])
    assert (files.code_for("FOLDER1/IMG1.jpg"), files.code_for("folder2/img1.jpg")) == (A, B)


def test_pspa_with_a_header() -> None:
    """A header is no row, and its ID column wins over another column with codes."""
    header = _pspa(*PSPA, "Sibling", "Student ID")
    text = header + _row("FOLDER1", "IMG1.JPG", B).replace("\r\n", f"\t{A}\r\n")
    files = merge([("INDEX.TXT", text.encode())])
    assert (files.code_for("FOLDER1/IMG1.JPG"), files.skipped) == (A, 0)


def test_readme_declares_the_id_column() -> None:
    """`[Field Definition #12] = ID` in README.TXT names the column in an index without a header."""
    readme = b"[# Fields] = 12\r\n[Field Definition #11] = Sibling\r\n[Field Definition #12] = ID\r\n"
    text = _row("FOLDER1", "IMG1.JPG", B).replace("\r\n", f"\t{A}\r\n")
    assert declared_fields(readme)[10:] == ("Sibling", "ID")
    assert merge([("v/README.TXT", readme), ("v/INDEX.TXT", text.encode())]).code_for("v/FOLDER1/IMG1.JPG") == A


@pytest.mark.parametrize("width", [7, 10, 13])
def test_every_width_of_pspa(width: int) -> None:
    """Rows of 7, 10 and 13 columns exist; the student's code comes after them."""
    cells = ["VOL1", "FOLDER1", "IMG1.JPG", *["x"] * (width - 3), A]
    assert merge([("INDEX.TXT", _pspa(*cells, "").encode())]).code_for("VOL1/FOLDER1/IMG1.JPG") == A


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end(encoding: str, ending: str) -> None:
    """Exporters write UTF-8, Windows-1252 and UTF-16, with every kind of line end."""
    data = f"{A}\tJosé.jpg{ending}{B}\ttwo.jpg{ending}".encode(encoding)
    assert merge([("MAP.TXT", data)]).code_for("José.jpg") == A


def test_one_name_in_two_spellings() -> None:
    """A Mac writes é as two characters and an old server as one odd byte; it is the same file."""
    files = merge([("MAP.TXT", f"{A}\tJosé.jpg".encode("cp1252"))])
    assert files.code_for(unicodedata.normalize("NFD", "José.jpg")) == A
    assert files.code_for("Jos\udce9.jpg") == A


def test_a_contradiction_is_no_answer() -> None:
    """A file that the index files give to two students has no code; saying the same twice is fine."""
    one, other = f"{A}\tone.jpg\n{A}\ttwo.jpg", f"{B},one.jpg\n{A},two.jpg"
    files = merge([("MAP.TXT", one.encode()), ("IDLINK.TXT", other.encode())])
    assert (files.code_for("one.jpg"), files.code_for("x/one.jpg"), files.code_for("two.jpg")) == (None, None, A)


def test_the_nearest_index_wins() -> None:
    """Camera names start again in each school's folder; each index speaks for its own."""
    files = merge([("a/MAP.TXT", f"{A}\tIMG1.jpg".encode()), ("b/MAP.TXT", f"{B}\tIMG1.jpg".encode())])
    found = [files.code_for(path) for path in ("a/pics/IMG1.jpg", "b/IMG1.jpg", "c/IMG1.jpg")]
    assert found == [A, B, None]


def test_a_row_never_speaks_for_another_folder() -> None:
    """FOLDER1's IMG1 is not FOLDER9's: a wrong guess would be one child's photo on another's record."""
    files = merge([("INDEX.TXT", _row("FOLDER1", "IMG1.JPG", A).encode())])
    assert (files.code_for("FOLDER9/IMG1.JPG"), files.code_for("IMG1.JPG")) == (None, A)


def test_one_master_for_many_volumes() -> None:
    """Folders repeat in each volume; the volume's name tells them apart."""
    text = _row("FOLDER1", "IMG1.JPG", A) + _row("FOLDER1", "IMG1.JPG", B).replace("VOL1", "VOL2")
    files = merge([("MASTER.TXT", text.encode())])
    assert (files.code_for("VOL1/FOLDER1/IMG1.JPG"), files.code_for("VOL2/FOLDER1/IMG1.JPG")) == (A, B)
    assert files.code_for("FOLDER1/IMG1.JPG") is None


def test_an_index_inside_a_zip_of_a_folder() -> None:
    """A zip is a folder like any other to the index inside it."""
    files = merge([("drop.zip!INDEX.TXT", _row("FOLDER1", "IMG1.JPG", A).encode())])
    assert files.code_for("drop.zip!FOLDER1/IMG1.JPG") == A


@pytest.mark.parametrize("path", ["C:\\out\\FOLDER1\\IMG1.JPG", ".\\FOLDER1\\IMG1.JPG", "/FOLDER1/IMG1.JPG"])
def test_windows_paths(path: str) -> None:
    """The exporter's own folders in front of a path don't hide the photo."""
    assert merge([("index.csv", f"{A},{path}".encode())]).code_for("FOLDER1/IMG1.JPG") == A


def test_bad_lines_are_skipped_and_counted() -> None:
    """A short, an unfinished and a pointing-elsewhere line cost themselves only."""
    lines = f'{A}\tone.jpg\nx\n{B}\t../two.jpg\n{B}\n\n{B}\t"th"ree.jpg\n'
    index = read_index("MAP.TXT", lines.encode())
    assert (len(index.entries), index.skipped) == (2, 3)


def test_texts_map_nothing() -> None:
    """Exceptions.txt names students who were *not* photographed; it maps nothing."""
    assert merge([("Exceptions.txt", f"{A}\tone.jpg".encode())]).code_for("one.jpg") is None


def test_a_huge_index_is_not_read() -> None:
    """More than ten megabytes is no index of a delivery."""
    assert read_index("MAP.TXT", b"x" * 10_000_001).skipped == 1


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from([*KNOWN, *TEXTS]), data=st.binary(max_size=400), path=st.text(max_size=40))
def test_no_bytes_raise(name: str, data: bytes, path: str) -> None:
    """Whatever a vendor sends as an index, reading it and asking it ends well."""
    merge([(name, data), ("README.TXT", data)]).code_for(path)


@given(codes=st.lists(st.from_regex(r"[0-9]{6}[A-Z][0-9]{3}", fullmatch=True), unique=True, min_size=1, max_size=30))
def test_what_is_written_is_read(codes: list[str]) -> None:
    """Each file of a plain index has the code that was written beside it."""
    text = "".join(f"img{number}.jpg\t{code}\n" for number, code in enumerate(codes))
    files = merge([("index.txt", text.encode())])
    assert [files.code_for(f"img{number}.jpg") for number in range(len(codes))] == codes
