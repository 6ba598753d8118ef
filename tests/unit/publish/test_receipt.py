"""The receipt: each file once, totals that add up, and nothing that is none of the vendor's business."""

from __future__ import annotations

import csv
import io
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictureday.messages import FileState
from pictureday.reasons import Finding
from publish.receipt import build, file_stem
from tests.unit.publish.rows import delivery, file, nasty

GOOD_START = set("=+-@\t\r\n\0")


@given(st.lists(st.tuples(nasty(), st.sampled_from(FileState)), max_size=20))
def test_every_file_has_one_line_and_the_totals_add_up(dropped: list[tuple[str, FileState]]) -> None:
    """Whatever was dropped under whatever name: as many lines as files, in JSON and CSV, and the states add up."""
    rows = [file(number, path, state=state) for number, (path, state) in enumerate(dropped)]
    receipt = build(delivery(), rows, revision=1)
    totals = receipt.totals
    files = totals.pop("files")
    assert files == len(rows) == sum(totals.values()) == len(json.loads(receipt.as_json())["files"])
    table = list(csv.reader(io.StringIO(receipt.as_csv().decode("utf-8-sig"), newline="")))
    assert len(table) == files + 1
    assert not [cell for line in table for cell in line if cell[:1] in GOOD_START and cell]


def test_a_delivery_without_files_says_why_in_the_table_too() -> None:
    """Over a quota nothing is taken; whoever opens the table in a spreadsheet reads so."""
    finding = Finding(code="over_quota", facts={"what": "files", "most": 3, "used": 3, "again": "2026-11-25 03:38 PST"})
    receipt = build(delivery() | {"state": "refused", "findings": [finding.as_json()]}, [], revision=1)
    (row,) = csv.DictReader(io.StringIO(receipt.as_csv().decode("utf-8-sig"), newline=""))
    assert (row["path"], row["state"], row["reasons"]) == ("", "refused", "over_quota")
    assert "waits in the inbox" in row["messages"]


@given(nasty())
def test_the_json_gives_every_name_back(path: str) -> None:
    """A vendor's program finds its own file again, whatever bytes its name has."""
    (line,) = json.loads(build(delivery(), [file(1, path)], revision=1).as_json())["files"]
    assert line["path"] == path


def test_a_name_that_is_no_utf8_comes_back_as_bytes() -> None:
    """`os.fsencode` of the path is the name as it was dropped."""
    name = os.fsdecode(b"ni\xf1o.jpg")
    (line,) = json.loads(build(delivery(), [file(1, name)], revision=1).as_json())["files"]
    assert os.fsencode(line["path"]) == b"ni\xf1o.jpg"


@pytest.mark.parametrize(
    ("ours", "told"), [("unknown_student", "not_granted"), ("do_not_photograph", "not_for_this_delivery")]
)
def test_a_vendor_learns_nothing_about_the_roster(ours: str, told: str) -> None:
    """Whether a code exists, and why a student stays out, is in neither form of the receipt."""
    receipt = build(delivery(), [file(1, "000412B003.jpg", Finding(code=ours))], revision=1)
    for body in (receipt.as_json(), receipt.as_csv()):
        assert told.encode() in body
        assert ours.encode() not in body


def test_without_a_grant_every_code_reads_the_same() -> None:
    """An unknown code, a known one, and one that must not be photographed look alike to a vendor without a grant."""
    known = ("vendor_not_active", "not_granted")
    cases = [("unknown_student", "vendor_not_active"), known, ("do_not_photograph", *known)]
    rows = [file(1, "a.jpg", *(Finding(code=code) for code in codes), student_code=None) for codes in cases]
    assert len({build(delivery(), [row], revision=1).as_json() for row in rows}) == 1


def test_without_a_grant_a_resolved_photo_reads_quarantined() -> None:
    """That the student's real photo came meanwhile would say that the code exists."""
    refused, bad = Finding(code="not_granted"), Finding(code="too_small")
    for finding, told in ((refused, {"quarantined": 1}), (bad, {"resolved": 1})):
        receipt = build(delivery(), [file(1, "000412B003.jpg", finding, state=FileState.RESOLVED)], revision=2)
        assert receipt.totals == {"files": 1} | told


def test_a_held_photo_reads_accepted() -> None:
    """That the roster holds a photo back after it was accepted is not told to the vendor."""
    receipt = build(delivery(), [file(1, state=FileState.HELD)], revision=2)
    assert receipt.totals == {"files": 1, "accepted": 1}


def test_a_code_the_vendor_did_not_give_is_not_told() -> None:
    """A code that a release added stays ours; one from the name or from an index file is the vendor's own."""
    released = file(1, "IMG_1.jpg", state=FileState.ACCEPTED)
    index = file(2, "INDEX.TXT", state=FileState.INDEX, student_code=None)
    assert build(delivery(), [released], revision=1).lines[0].student_code == ""
    assert build(delivery(), [released, index], revision=1).lines[0].student_code == "000412B003"
    for own in (file(1, "000412b003.JPG"), file(1, "fall.zip!000412b003.JPG", entry=1)):
        assert build(delivery(), [own], revision=1).lines[0].student_code == "000412B003"


def test_reasons_of_a_photo_that_got_in_are_gone() -> None:
    """A released photo has no reasons any more; a quarantined one has all of its own."""
    shape = Finding(code="wrong_shape", facts={"width": 3, "height": 3})
    rows = [file(1, "a.jpg", state=FileState.ACCEPTED), file(2, "b.jpg", Finding(code="empty"), shape)]
    told = [[reason.code for reason in line.reasons] for line in build(delivery(), rows, revision=1).lines]
    assert told == [[], ["empty", "wrong_shape"]]


def test_a_refused_archive_says_why_at_the_top() -> None:
    """The reasons of the delivery itself are in the header."""
    stored = [Finding(code="archive_encrypted").as_json()]
    header = build(delivery(state="refused", findings=stored), [], revision=1).header
    assert [reason["code"] for reason in header["reasons"]] == ["archive_encrypted"]


def test_the_same_delivery_makes_the_same_bytes() -> None:
    """So that a receipt that did not change can be recognised."""
    one, two = (build(delivery(), [file()], revision=1) for _ in range(2))
    assert (one.as_json(), one.as_csv()) == (two.as_json(), two.as_csv())


@given(nasty())
def test_a_receipts_name_is_plain(name: str) -> None:
    """A delivery's name never becomes a path: letters, digits, dot, dash and underscore, and the number first."""
    stem = file_stem(delivery(name=name))
    assert stem.startswith("12-")
    assert len(stem) <= 63
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
