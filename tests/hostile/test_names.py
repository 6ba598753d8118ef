"""Hostile names, one rule at a time: what shows, stores, logs or reads them."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from pictureday import log
from pictureday.catalogue import Catalogue, notices
from pictureday.cli import main, parts
from pictureday.config import load
from pictureday.errors import Outage
from pictureday.mail import is_address
from pictureday.names import shown, student_code
from pictureday.roster import plain
from pictureday.sheet import safe_cell
from publish.receipt import file_stem
from sync import letter
from sync.nights import NightRow
from sync.tally import Tally
from tests.hostile.names import NAMES, Hostile, recognised, unsafe
from tests.hostile.names_audit import escapes, left_over
from tests.hostile.names_world import DISK, on_a_terminal

TEXTS = [name.text for name in NAMES]
FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u207a\u207b\u207c\u208a\u208b\u208c")


def hostile() -> st.SearchStrategy[str]:
    """Any text, and ours joined with it."""
    anything = st.text(st.characters(exclude_categories=()))
    return st.one_of(anything, st.tuples(anything, st.sampled_from(TEXTS), anything).map("".join))


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own that every default lies in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PICTUREDAY_HOME", str(tmp_path))
    return tmp_path


def test_there_are_enough_of_them() -> None:
    """Each name is there once, with what it tries, and what it tries is told of no other."""
    assert len(NAMES) >= 80
    assert len(set(TEXTS)) == len({name.why for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.why)
def test_a_name_is_shown_so_that_it_is_known(name: Hostile) -> None:
    """Nothing that a terminal, a page or a line obeys is left, and with the escapes undone it is the name."""
    told = shown(name.text, longest=5000)
    assert not unsafe(told, but="")
    assert recognised(told, name.text)


@given(hostile())
def test_whatever_is_shown_is_safe_and_stays(text: str) -> None:
    """Any text is shown safely; shown twice it is the same; cut, it is as long as was asked before it was escaped."""
    told = shown(text, longest=10_000)
    assert not unsafe(told, but="")
    assert shown(told, longest=200_000) == told
    assert not unsafe(shown(text, longest=10), but="")
    assert len(shown("a" * len(text), longest=10)) == min(len(text), 10)


@given(hostile(), st.sampled_from(FORMULAS), st.sampled_from(["", " ", "\t", "\u00a0", "\u3000\n"]))
def test_no_cell_starts_a_formula(text: str, sign: str, before: str) -> None:
    """Whatever is before or behind the sign, in whatever width it is written, the cell is text and one line."""
    cell = safe_cell(f"{before}{sign}{text}")
    assert cell.startswith("'")
    assert not unsafe(cell, but="")


def test_no_name_is_a_code() -> None:
    """What looks like a code to a person, to `$` or to Unicode is none."""
    assert [text for text in TEXTS if student_code(f"{text}.jpg")] == []


@pytest.mark.parametrize("end", ["", "@school.example", "\n@school.example"])
def test_an_address_is_plain_or_none(end: str) -> None:
    """No address that may get mail has a space, a control, a quote or a bracket in it, or a letter outside ASCII."""
    good = [text + end for text in TEXTS if is_address(text + end)]
    assert all(re.fullmatch(r"[!#-'*+./0-9=?A-Z^_`a-z{|}~-]+@[a-z.]+", address) for address in good)


def test_a_receipt_is_called_by_its_number() -> None:
    """Of a delivery's name only what is plain gets into a file's name, behind our number."""
    stems = [file_stem({"id": 7, "name": text, "kind": "zip"}) for text in TEXTS]
    assert [stem for stem in stems if not re.fullmatch(r"7-[A-Za-z0-9][A-Za-z0-9._-]{0,59}", stem)] == []


def test_a_school_is_coded_by_what_can_be_shown() -> None:
    """A school's code and a grade are read back from a screen, so they hold nothing that a screen escapes."""
    codes = [text for text in TEXTS if plain.is_school_code(text) or plain.is_grade(text)]
    assert codes
    assert [code for code in codes if unsafe(code, but="")] == []


@pytest.mark.parametrize("as_json", [True, False])
def test_a_log_has_a_line_for_each_event(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """No value starts a second line or moves a cursor, whoever reads the log."""
    log.set_up(json=as_json)
    for text in TEXTS:
        log.get_logger().warning("photo_odd", what=text, many=[text])
    err = capsys.readouterr().err
    assert err.count("\n") == err.count("photo_odd") == len(TEXTS)
    assert not unsafe(re.sub(r"\x1b\[\d*m", "", err))
    if as_json:
        assert [json.loads(line)["what"] for line in err.splitlines()] == TEXTS


@pytest.mark.parametrize("as_json", [True, False])
def test_an_errors_words_are_no_event(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback may quote a stranger; its lines are indented, so that none looks like an event."""
    log.set_up(json=as_json)
    for text in TEXTS:
        try:
            raise ValueError(text)
        except ValueError:
            log.get_logger().exception("failed")
    err = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().err)
    assert not unsafe(err)
    lines = [line for line in err.splitlines() if line and not line.startswith("  ")]
    assert len(lines) == len(TEXTS)
    assert all("failed" in line for line in lines)


@pytest.mark.parametrize("words", [(), ("deliveries",), ("grant", "add"), ("vendor", "add"), ("roster", "import")])
@pytest.mark.usefixtures("home")
def test_a_wrong_word_is_answered_calmly(words: tuple[str, ...]) -> None:
    """What a command can't use it names in a form that a terminal can bear, and exits with 2."""
    for text in (name.text for name in DISK if not name.text.startswith("-")):
        codes: list[object] = []
        said = on_a_terminal(lambda: codes.append(_code(*words, text, text)))  # noqa: B023 - called at once
        assert codes == [2]
        assert not unsafe(said)


def _code(*words: str) -> object:
    try:
        return main(words)
    except SystemExit as ended:
        return ended.code


@pytest.mark.usefixtures("home")
def test_filters_take_any_text() -> None:
    """Text that no database takes as it is finds nothing, and raises nothing."""
    for text in ("\udcff", "\x1b[2J"):
        for words in (("grant", "list"), ("quarantine", "list")):
            assert main([*words, f"--vendor={text}", f"--school={text}"]) == 0
        assert main(["vendor", "activate", text]) == 2
        assert main(["roster", "export", f"--school={text}"]) == 2


@pytest.mark.usefixtures("home")
def test_who_is_at_the_keyboard_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user behind sudo is a word from outside as well."""
    monkeypatch.setenv("SUDO_USER", "\udcff\x1b[2J")
    assert parts.who() == "\\udcff\\x1b[2J"
    assert main(["vendor", "add", "acme"]) == 0


@pytest.mark.usefixtures("home")
def test_a_terminal_without_the_letters_gets_them_escaped() -> None:
    """Where the output's encoding lacks a letter, it is escaped; nothing is cut off by a traceback."""
    assert main(["vendor", "add", "acme", "--title=Zo\u00eb \u5199\u771f"]) == 0
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii", write_through=True) as out, redirect_stdout(out):
        assert main(["vendor", "list"]) == 0
        assert rb"Zo\xeb \u5199\u771f" in raw.getvalue()


@pytest.mark.usefixtures("home")
def test_a_notice_is_shown() -> None:
    """What the operators are told of is shown once more where it is printed, whoever wrote it down."""
    assert main(["vendor", "list"]) == 0
    catalogue = Catalogue.open(load().catalogue.url)
    with catalogue.write() as tx:
        notices.note(tx, key="x", kind="x", text="\x1b[2J\na line of its own")
    catalogue.close()
    assert "\\x1b[2J\\na line of its own" in on_a_terminal(lambda: main(["status"]))


def test_a_folder_is_no_markup(home: Path) -> None:
    """A roster's folder that is called like the markup of our tables is imported like any other."""
    folder = home / "[" / "red]\x1b[2J[link=x]"
    folder.mkdir(parents=True)
    (folder / "students.csv").write_text("student_code,school_code\n000001A001,1\n")
    said = on_a_terminal(lambda: main(["roster", "import", str(folder)]))
    assert "1 added" in said
    assert "\x1b[2J" not in said


def test_check_names_each_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A vendor's preflight tells of every name, on a terminal and off it; `--json` gives the very bytes back."""
    (home / "set").mkdir()
    for number, name in enumerate(DISK):
        (home / "set" / f"{name.text}.jpg").write_bytes(f"no photo {number}".encode())
    assert main(["check", "set", "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {os.fsencode(line["path"]) for line in lines} == {os.fsencode(f"set/{name.text}.jpg") for name in DISK}
    assert {line["verdict"] for line in lines} == {"quarantined", "ignored"}
    seen = on_a_terminal(lambda: main(["check", "set"]))
    assert not left_over(seen)
    assert len(escapes(seen)) < 20
    assert main(["check", "set"]) == 1
    assert not unsafe("".join(capsys.readouterr()))


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.why)
def test_a_stopped_night_is_told_in_plain_text(name: Hostile) -> None:
    """An error's words, which a server may have chosen, make a letter with our headers and readable text."""
    begun = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
    night = NightRow(night_id=1, trigger="now", started_at=begun, mark=1, tally=Tally())
    mail = letter.stopped(night, Outage(name.text), begun, to=["ops@district.example"], settings=load())
    assert mail["Subject"] == "Picture Day sync: stopped, needs attention"
    assert not unsafe(message_from_bytes(mail.as_bytes(), policy=policy.default).get_content())
