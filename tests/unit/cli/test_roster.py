"""`pictureday roster`, `vendor` and `grant` as a person meets them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from pictureday.cli import main

A, B = "123456X789", "000001A002"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a plain roster of two students, and a home of the test's own."""
    monkeypatch.setenv("PICTUREDAY_HOME", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    return _write(tmp_path, f"{A},1101,05,active,=Jane\n{B},1202,06,active,Tom\n")


def _write(folder: Path, lines: str) -> Path:
    (folder / "students.csv").write_text("student_code,school_code,grade,status,name\n" + lines)
    return folder


def _run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def test_an_import_says_what_it_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line tells the counts, for people or as JSON."""
    assert _run("roster", "import", folder) == 0
    assert "2 added, 0 changed, 0 moved, 0 left, 0 unchanged. 2 schools." in capsys.readouterr().out
    assert _run("roster", "import", folder, "--json") == 0
    assert json.loads(capsys.readouterr().out)["students"]["unchanged"] == 2


def test_a_great_loss_needs_force(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A roster that drops half of the students is a usage error that names --force."""
    _run("roster", "import", folder)
    _write(folder, f"{A},1101,05,active,Jane\n")
    assert _run("roster", "import", folder) == 2
    assert "--force" in capsys.readouterr().err
    assert _run("roster", "import", folder, "--force") == 0


def test_the_export_is_safe_csv(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The CSV has a header and one row a student, and no cell that a spreadsheet would run."""
    _run("roster", "import", folder)
    capsys.readouterr()
    assert _run("roster", "export", "--csv", "--school", "1101") == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["student_code"], row["name"], row["status"], row["since"]) == (A, "'=Jane", "no photo", "")


def test_the_export_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --csv it is a table; without students it is a sentence."""
    assert _run("roster", "export") == 0
    assert "There are no students" in capsys.readouterr().out
    _run("roster", "import", folder)
    assert _run("roster", "export") == 0
    assert "no photo" in capsys.readouterr().out


def test_an_unknown_school(capsys: pytest.CaptureFixture[str]) -> None:
    """A school that isn't there is a mistake in the command, not an empty list."""
    assert _run("roster", "export", "--school", "9") == 2
    assert "There is no school 9." in capsys.readouterr().err


def test_a_vendor_and_its_grant(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Register, activate, grant, list, revoke, suspend: each says in one line what is so now."""
    _run("roster", "import", folder)
    for words in ("vendor add acme --email lab@acme.example", "vendor activate acme", "grant add acme 1101 --by head"):
        assert _run(*words.split()) == 0
    said = capsys.readouterr().out.splitlines()[1:]
    assert said.pop(1).startswith("It drops its photos into ")
    assert said == [
        "The vendor acme is pending. `pictureday vendor activate acme` lets it deliver.",
        "The vendor acme is active.",
        "acme may deliver for school 1101.",
    ]
    assert _run("grant", "list", "--json") == 0
    assert [grant["granted_by"] for grant in json.loads(capsys.readouterr().out)] == ["head"]
    assert (_run("grant", "revoke", "acme", "1101"), _run("vendor", "suspend", "acme")) == (0, 0)


@pytest.mark.parametrize(
    "words", ["vendor add ../x", "vendor add x --email no", "vendor activate x", "grant add x 1 --by y"]
)
def test_mistakes_are_usage(words: str) -> None:
    """A name that can't be, an address that is none, a stranger: exit 2, nothing done."""
    assert _run(*words.split()) == 2


def test_lists_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty list is a sentence that says what to do; a full one is a table."""
    assert (_run("vendor", "list"), _run("grant", "list")) == (0, 0)
    assert "vendor add" in capsys.readouterr().out
    _run("roster", "import", folder)
    _run("vendor", "add", "acme", "--active", "--title", "[red]Acme")
    _run("grant", "add", "acme", "1101", "--by", "head")
    capsys.readouterr()
    assert (_run("vendor", "list"), _run("grant", "list"), _run("grant", "list", "--all")) == (0, 0, 0)
    out = capsys.readouterr().out
    assert "[red]Acme" in out
    assert "head" in out
