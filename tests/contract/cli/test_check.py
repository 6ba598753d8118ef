"""`pictureday check` as a vendor runs it: what it prints, how it exits, and that it writes nothing."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pytest

from pictureday.cli import check
from pictureday.config import Settings
from tests.photos import cut, portrait


def run(*arguments: str) -> int:
    """The command's exit code."""
    parser = argparse.ArgumentParser()
    check.register(parser)
    args = parser.parse_args(arguments)
    code: int = args.run(args, Settings())
    return code


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """A folder with a good photo, a bad one of a hostile name, and junk."""
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "123456X001.jpg").write_bytes(portrait())
    (folder / os.fsdecode(b"\xff[red]\x1b[31m.jpg")).write_bytes(cut(portrait(), 0.9))
    (folder / "Thumbs.db").write_bytes(b"")
    return folder


def test_json(drop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object a line, with the same keys for every file, in ASCII; what could not be known goes to stderr."""
    before = sorted(drop.parent.rglob("*"))
    assert run(str(drop), "--json") == 1
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert printed.out.isascii()
    assert {tuple(line) for line in lines} == {("path", "verdict", "student_code", "reasons")}
    assert [line["verdict"] for line in lines] == ["accepted", "ignored", "quarantined"]
    assert [reason["code"] for reason in lines[2]["reasons"]] == ["bad_name", "damaged"]
    assert all(reason["message"] and reason["fix"] for reason in lines[2]["reasons"])
    assert os.fsencode(lines[2]["path"]).endswith(b"\xff[red]\x1b[31m.jpg")
    assert printed.err.count("Not checked here") == 1
    assert sorted(drop.parent.rglob("*")) == before


def test_people(drop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People get what is wrong and how to fix it, with every name made safe for a terminal."""
    assert run(str(drop)) == 1
    printed = capsys.readouterr().out
    assert "\\udcff[red]\\x1b[31m.jpg" in printed
    assert "\x1b" not in printed
    assert "1 accepted, 1 quarantined, 0 refused, 1 ignored." in printed


def test_nothing_to_fix(drop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where all is well the exit code is 0."""
    assert run(str(drop / "123456X001.jpg"), str(drop / "Thumbs.db")) == 0
    assert "There is nothing to fix." in capsys.readouterr().out


def test_with_roster(drop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a roster, a student who is not on it is told, and only the grants remain unknown."""
    (tmp_path / "students.csv").write_text("student_code,school_code,grade,status\n654321X001,1,3,active\n")
    assert run(str(drop / "123456X001.jpg"), "--json", "--roster", str(tmp_path / "students.csv")) == 1
    printed = capsys.readouterr()
    assert "unknown_student" in printed.out
    assert "--roster" not in printed.err


def test_usage() -> None:
    """No path at all is wrong usage."""
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
