"""`pictureday sync`, as a person types it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from pictureday.catalogue import tables
from pictureday.cli import sync
from pictureday.config import load
from tests.contract.sync.world import World

ONE, TWO = "000001A000", "000002A000"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A district in the places where the command looks for it, made a minute ago."""
    monkeypatch.setenv("PICTUREDAY_HOME", str(tmp_path))
    settings = load()
    world = World(tmp_path, settings.catalogue.url, settings.misis.url)
    with world.catalogue.write() as tx:
        tx.execute(update(tables.vendors).values(created_at=datetime.now(UTC) - timedelta(days=2)))
    return world


def typed(*words: str) -> int:
    """The exit code of `pictureday sync` with these words."""
    parser = argparse.ArgumentParser()
    sync.register(parser)
    args = parser.parse_args(words)
    return int(args.run(args, load()))


def test_now_prints_a_calm_summary(home: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What went where, in numbers; nobody's code."""
    home.accept(ONE)
    assert typed("--now") == 0
    out = capsys.readouterr().out
    assert "1  applied     in MiSiS now" in out
    assert ONE not in out


def test_failed_photo_is_exit_code_1(home: World) -> None:
    """A script sees that something needs attention."""
    home.accept(ONE)
    with home.catalogue.write() as tx:
        tx.execute(update(tables.files).values(rendition="0" * 64))
    assert typed("--now") == 1


def test_plan_changes_nothing(home: World, capsys: pytest.CaptureFixture[str]) -> None:
    """`--plan` prints the counts and leaves the photo accepted, and no store behind."""
    photo = home.accept(ONE)
    assert typed("--plan") == 0
    assert "would go into MiSiS" in capsys.readouterr().out
    assert home.states() == {photo: "accepted"}


def test_without_a_word_it_holds_the_night_only_if_it_is_due(home: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The first time a night was missed, so it is held; then it says when the next one is."""
    home.accept(ONE)
    assert typed() == 0
    assert "applied" in capsys.readouterr().out
    home.accept(TWO)
    assert typed() == 0
    assert "Nothing is due: the next night is" in capsys.readouterr().out
