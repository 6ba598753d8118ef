"""The letters: what a school and the operators read, and what must not be in it."""

from __future__ import annotations

import csv
import email
import email.policy
import io
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictureday.names import shown
from pictureday.reasons import Finding
from publish import digest, rejection
from publish.letter import Envelope, Letter, mail
from publish.part import Part, parts_of
from publish.report import OPS, changes
from tests.unit.publish.rows import NASTY, file, nasty

Detail = Literal["full", "masked", "link"]
ENVELOPE = Envelope(
    sender="Picture Day <pd@district.example>",
    recipients=["a@school.example", "b@school.example"],
    reply_to="ops@district.example",
    message_id="<report.1@district.example>",
    at=datetime(2026, 10, 5, 19, 0, tzinfo=UTC),
)


def words(detail: Detail = "full") -> rejection.Words:
    """What the letters know about us."""
    return rejection.Words(district="Sample USD", website="", ask="ops@district.example", detail=detail)


def parts(*rows: dict[str, Any], school: str = "L", name: str = "fall.zip", named: bool = True) -> tuple[Part, ...]:
    """The parts of a first mail about one delivery with these files."""
    content = changes({}, rows, {"000412B003": "Amara Okafor"})[school].as_json()
    about = {"delivery_id": 12, "vendor": "Bright Smiles", "name": name, "kind": "zip", "content": content}
    return parts_of([about | {"closed_at": ENVELOPE.at}], {}, ZoneInfo("America/Los_Angeles"), named=named)


def parsed(letter: Letter) -> EmailMessage:
    """The letter as a mail program reads it."""
    message = email.message_from_bytes(mail(letter, ENVELOPE), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Tags(HTMLParser):
    """Which tags and attributes a page has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the tag and its attributes."""
        self.names |= {tag, *(name for name, _ in attrs)}


OURS = Tags(rejection.write("L", parts(file(), school="L"), words()).html).names


def test_a_school_reads_who_what_and_how() -> None:
    """Text and HTML both name the student, what is wrong and how to mend it, and the delivery it is about."""
    letter = rejection.write("Lincoln Elementary", parts(file()), words())
    for body in (letter.text.replace("\n", " "), letter.html):
        said = " ".join(body.split())
        for piece in (
            "Lincoln Elementary",
            "Amara Okafor",
            "12,003 bytes",
            "higher JPEG quality",
            "delivery 12",
            "fall.zip",
        ):
            assert piece in said


@pytest.mark.parametrize("detail", ["full", "masked", "link"])
def test_no_subject_and_no_header_names_a_student(detail: Detail) -> None:
    """Headers hold numbers and our own words; no code, no name, no file, at any detail."""
    message = parsed(rejection.write("Lincoln", parts(file()), words(detail)))
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    assert message["Subject"] == "Picture Day: 1 photo of your school needs attention"
    assert not [piece for piece in ("000412B003", "Amara", "Lincoln") if piece.lower() in headers.lower()]


def test_the_headers_are_those_of_a_robot() -> None:
    """The Message-ID is the one we keep, and out-of-office programs know not to answer."""
    message = parsed(rejection.write("Lincoln", parts(file()), words()))
    assert message["Message-ID"] == "<report.1@district.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"] == "a@school.example, b@school.example"


@given(nasty(), nasty(), nasty())
def test_hostile_names_make_mails_not_exceptions(path: str, name: str, school: str) -> None:
    """Any name gives a mail with our headers and our tags only, and a table that no cell of runs."""
    rows = [file(1, path), file(2, path, Finding(code="bad_name", facts={"hint": path}))]
    for letter in (
        rejection.write(shown(school), parts(*rows, name=name), words()),
        digest.write(digest.Digest(parts=parts(*rows, name=name), orphans={}, notices=[school]), words()),
    ):
        message = parsed(letter)
        assert set(message.keys()) <= {*ROBOT_HEADERS}
        assert Tags(letter.html).names <= OURS | {"p"}
        (sheet,) = message.iter_attachments()
        assert sheet.get_content_type() == "text/csv"
        cells = [
            cell for line in csv.reader(io.StringIO(letter.sheet.decode("utf-8-sig"), newline="")) for cell in line
        ]
        assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


ROBOT_HEADERS = (
    *("Subject", "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
)


@pytest.mark.parametrize("name", NASTY)
def test_a_hostile_name_stays_readable(name: str) -> None:
    """Nobody has to guess which file is meant: what can be printed is there, escaped where it has to be."""
    row = file(1, name, school_code=None, student_code=None)
    text = digest.write(digest.Digest(parts=parts(row, school=OPS), orphans={}, notices=[]), words()).text
    assert shown(name) in text


def test_every_line_of_a_mail_fits_smtp() -> None:
    """Nothing but ASCII, and no line over 998 characters, whatever the names."""
    rows = [file(number, name) for number, name in enumerate(NASTY)]
    for line in mail(rejection.write("L", parts(*rows), words()), ENVELOPE).split(b"\r\n"):
        assert len(line) <= 998
        assert line.isascii()


def test_masked_hides_the_name_and_most_of_the_code() -> None:
    """At `masked` neither text, HTML nor table holds the code, the name or the file's name."""
    hint = Finding(code="bad_name", facts={"hint": "It starts like the code 000412B003."})
    letter = rejection.write("L", parts(file(1, "000412B003.jpg", hint), named=False), words("masked"))
    everything = letter.text + letter.html + letter.sheet.decode()
    assert "•••••••003" in everything
    assert not [piece for piece in ("000412", "Amara", "fall.zip") if piece in everything]


def test_link_holds_only_numbers() -> None:
    """At `link` there is no table, and the reader is told whom to ask."""
    letter = rejection.write("L", parts(file(), named=False), words("link"))
    everything = letter.text + letter.html
    assert letter.sheet == b""
    assert "ops@district.example" in everything
    assert not [piece for piece in ("000412", "Amara", "12,003", "B003") if piece in everything]


def test_a_long_list_stays_short_in_the_mail_and_whole_in_the_table() -> None:
    """Of 200 photos the mail shows the first, says how many more there are, and the table has them all."""
    letter = rejection.write("L", parts(*(file(number, f"{number:06}B003.jpg") for number in range(200))), words())
    assert "And 150 more" in letter.text
    assert letter.sheet.count(b"\r\n") == 201


def test_the_summary_says_who_has_to_act() -> None:
    """A photo without a grant is for the school, a small one for the photographer."""
    letter = rejection.write("L", parts(file(1), file(2, "b.jpg", Finding(code="not_granted"))), words())
    assert "1 photo: for your school" in letter.text
    assert "1 photo: the photographer" in letter.text


def test_ops_read_notices_orphans_and_files() -> None:
    """The digest has all three, and its subject counts them without naming any."""
    told = digest.Digest(
        parts=parts(file(1, "x.zip", school_code=None), school=OPS),
        orphans={"Lincoln (L)": parts(file(2))},
        notices=["The folder acmee is no vendor we know."],
    )
    letter = digest.write(told, words())
    assert letter.subject == "Picture Day operations: 2 files and 1 notice to look at"
    assert all(piece in letter.text for piece in ("x.zip", "Lincoln (L) has nobody to tell", "acmee", "Amara"))


@given(st.text(alphabet="$ab{}", max_size=30))
def test_a_slot_in_a_name_is_only_text(name: str) -> None:
    """A name that looks like a template's slot is not filled."""
    row = file(1, name, school_code=None, student_code=None)
    text = digest.write(digest.Digest(parts=parts(row, school=OPS), orphans={}, notices=[]), words()).text
    assert name in text
