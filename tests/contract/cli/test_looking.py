"""What `status`, `deliveries`, `quarantine`, `parked`, `config` and `doctor` print, and how they exit."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pictureday.catalogue import Catalogue, held, messages
from pictureday.cli import main
from pictureday.config import decoded, load
from pictureday.messages import PhotosReceived, Queue
from tests.contract.catalogue.ground import CODE, Ground

NASTY = os.fsdecode(b"\xff[red]\x1b[31m\xe2\x80\xae.jpg")


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """A district in the default place, with an accepted photo, and one of a hostile name in quarantine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PICTUREDAY_HOME", str(tmp_path))
    made = Ground(Catalogue.open(load().catalogue.url))
    delivery = made.delivery(name="drop.zip")
    photos = [made.photo(delivery, CODE), made.photo(delivery, None, path=NASTY)]
    made.close(delivery)
    made.judge(photos[0])
    made.judge(photos[1], bad=("too_small",))
    yield made
    made.catalogue.close()


class Said:
    """What a command printed, and its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: str) -> None:
        self.code = main(words)
        self.out, self.err = capsys.readouterr()

    def json(self) -> Any:
        """The output as JSON; it is plain ASCII."""
        assert self.out.isascii()
        return json.loads(self.out)


@pytest.mark.usefixtures("ground")
def test_status(capsys: pytest.CaptureFixture[str]) -> None:
    """Every state is named, also where there is none; queues have their depth; no night yet."""
    said = Said(capsys, "status", "--json")
    found = said.json()
    assert {"photos", "deliveries", "queues", "last_sync"} <= set(found)
    assert set(found["photos"]) == {
        *("received", "accepted", "quarantined", "applied", "replaced"),
        *("rejected", "resolved", "superseded", "held", "unchanged"),
    }
    assert (found["photos"]["accepted"], found["photos"]["quarantined"]) == (1, 1)
    assert found["deliveries"] == {"open": 0, "closed": 1, "refused": 0}
    assert found["queues"] == {"received": 0, "verdicts": 1, "sync": 1, "parked": 0}
    assert (found["last_sync"], said.code) == (None, 0)
    assert "1 accepted, 1 quarantined" in Said(capsys, "status").out


def test_status_when_somebody_is_needed(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """A parked message makes the exit code 1, so that a watcher need not read."""
    park(ground)
    assert (Said(capsys, "status").code, Said(capsys, "status", "--json").json()["queues"]["parked"]) == (1, 1)


def park(ground: Ground) -> int:
    """A message that failed too often, with a hostile error; its number."""
    with ground.catalogue.write() as tx:
        message = messages.say(tx, PhotosReceived(photo_ids=(1,)), vendor="acme")
        held.lease(tx, Queue.RECEIVED, owner="me", seconds=10)
        held.park(tx, message, owner="me", error="\x1b[31mboom")
    return message


@pytest.mark.usefixtures("ground")
def test_deliveries(capsys: pytest.CaptureFixture[str]) -> None:
    """The list has each delivery's counts; one delivery has each file, whatever its name is made of."""
    (listed,) = Said(capsys, "deliveries", "--json").json()
    assert (listed["delivery"], listed["name"], listed["state"]) == (1, "drop.zip", "closed")
    assert listed["files"] == {"accepted": 1, "quarantined": 1}
    shown = Said(capsys, "deliveries", "1", "--json").json()
    assert [(one["path"], one["reasons"]) for one in shown["list"]] == [
        (f"{CODE}.jpg", []),
        (NASTY, ["bad_name", "too_small"]),
    ]
    assert os.fsencode(shown["list"][1]["path"]) == os.fsencode(NASTY)
    for text in (Said(capsys, "deliveries").out, Said(capsys, "deliveries", "1").out):
        assert "drop.zip" in text
        assert "\x1b" not in text
        assert "\u202e" not in text


@pytest.mark.parametrize("number", ["7", "0"])
@pytest.mark.usefixtures("ground")
def test_what_is_not_there(capsys: pytest.CaptureFixture[str], number: str) -> None:
    """A wrong number is wrong usage, told in a sentence."""
    for words in (
        ("deliveries", number),
        ("quarantine", "show", number),
        ("quarantine", "reject", number, "--why", "x"),
        ("quarantine", "export", number, "--to", "x.jpg"),
        ("parked", "replay", number),
    ):
        said = Said(capsys, *words)
        assert (said.code, said.out) == (2, "")
        assert number in said.err


@pytest.mark.parametrize("number", ["9" * 30, "-1", "1.5", "\u0661", "\x1b[31m"])
@pytest.mark.usefixtures("ground")
def test_what_is_no_number(capsys: pytest.CaptureFixture[str], number: str) -> None:
    """No text is too strange to be refused calmly."""
    for words in (("deliveries", number), ("quarantine", "show", number), ("parked", "replay", number)):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        assert "\x1b" not in capsys.readouterr().err


@pytest.mark.usefixtures("ground")
def test_quarantine_list(capsys: pytest.CaptureFixture[str]) -> None:
    """The array and its keys are what scripts rely on; people get a table."""
    (entry,) = Said(capsys, "quarantine", "list", "--json").json()
    assert list(entry) == [
        *("photo_id", "vendor", "delivery", "path", "student_code", "school_code", "reasons", "received_at")
    ]
    assert [reason["code"] for reason in entry["reasons"]] == ["bad_name", "too_small"]
    assert Said(capsys, "quarantine", "list", "--vendor", "other", "--json").json() == []
    text = Said(capsys, "quarantine", "list").out
    assert "1 in quarantine." in text
    assert "\x1b" not in text
    assert Said(capsys, "quarantine", "list", "--reason", "ambiguous").out == "The quarantine is empty.\n"


def test_quarantine_show_is_on_record(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """A look at one photo tells how to fix it, and leaves its line in the trail."""
    said = Said(capsys, "quarantine", "show", "2", "--json").json()
    assert [reason["code"] for reason in said["reasons"]] == ["bad_name", "too_small"]
    assert [action for _, action, _ in ground.trail(2)] == ["look"]
    assert "\x1b" not in Said(capsys, "quarantine", "show", "2").out


def test_quarantine_decisions(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """Release needs a student here and always a reason; who and why are on the trail, made safe."""
    assert Said(capsys, "quarantine", "release", "2", "--why", "x").code == 2
    why = os.fsdecode(b"\xffthe \x1b[31mfamily")
    words = ("quarantine", "release", "2", "--student", "000001A001", "--who", "ada", "--why", why)
    assert Said(capsys, *words).out == "Photo 2 is accepted. It goes into MiSiS tonight.\n"
    assert ground.trail(2) == [("ada", "release", "\\udcffthe \\x1b[31mfamily")]
    assert "is accepted" in Said(capsys, "quarantine", "retry", "2").err
    with pytest.raises(SystemExit):
        main(("quarantine", "reject", "2"))


def test_quarantine_export(ground: Ground, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The delivered bytes are written where one says; the trail has it even when they are lost."""
    said = Said(capsys, "quarantine", "export", "2", "--to", str(tmp_path / "out.jpg"), "--why", "for the vendor")
    assert said.code == 1
    assert ground.trail(2)[0][1:] == ("export", "for the vendor")
    assert not (tmp_path / "out.jpg").exists()


def test_parked(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """What failed too often is listed with its error, and handed on again when somebody says so."""
    message = park(ground)
    (listed,) = Said(capsys, "parked", "list", "--json").json()
    assert (listed["id"], listed["queue"], listed["attempts"]) == (message, "received", 1)
    text = Said(capsys, "parked", "list").out
    assert "boom" in text
    assert "\x1b" not in text
    assert Said(capsys, "parked", "replay", str(message)).out == "1 message handed on again.\n"
    assert Said(capsys, "parked", "list").out == "Nothing is parked.\n"
    assert Said(capsys, "parked", "replay").code == 0


def test_config_can_be_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """What is printed is TOML with the very settings in force, and no password."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PICTUREDAY_DISTRICT__NAME", 'Ä "quoted" \\ \U0001f600 \x7f')
    monkeypatch.setenv("PICTUREDAY_BUS__URL", "amqp://user:secret/@host/v")
    out = Said(capsys, "config").out
    assert "secret" not in out
    again = decoded(tomllib.loads(out))
    assert replace(again, bus=load().bus) == load()


@pytest.mark.usefixtures("ground")
def test_doctor(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each part has its line; what is missing is told with what to do, and the exit code is 1."""
    bad = Said(capsys, "doctor")
    assert bad.code == 1
    assert "BAD  inbox" in bad.out
    assert "1 to mend." in bad.out
    (tmp_path / "vendors" / "acme" / "inbox").mkdir(parents=True)
    good = Said(capsys, "doctor")
    assert (good.code, good.out.count("   ok  ")) == (0, 7)
    assert "Everything is in place." in good.out


def test_db_upgrade_makes_both_databases(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """Twice is no error."""
    monkeypatch.setenv("PICTUREDAY_HOME", str(tmp_path))
    for _ in range(2):
        said = Said(capsys, "db", "upgrade")
        assert (said.code, said.out.count("is up to date")) == (0, 2)
    assert {"catalogue.db", "misis.db"} <= {path.name for path in tmp_path.iterdir()}


def test_demo_empties_no_folder_but_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with something in it, or that is none, is refused and left as it is."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for name, code in (("mine", 2), ("file", 1), ("link", 2)):
        assert Said(capsys, "demo", "--dir", str(tmp_path / name)).code == code
    assert (tmp_path / "mine" / "thesis.txt").exists()
    shutil.rmtree(tmp_path / "mine")
