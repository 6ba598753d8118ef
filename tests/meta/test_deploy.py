"""The examples under deploy/ are true: they load, they parse, and they agree with each other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pictureday.cli.run import STAGES
from pictureday.config import load

_DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PICTUREDAY_CONFIG", "PICTUREDAY_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_settings_at_scale_load() -> None:
    """Every setting in the example exists and has a value that is taken; none of it holds a password."""
    settings = load(_DEPLOY / "pictureday.toml")
    urls = (settings.catalogue.url, settings.misis.url, settings.bus.url, settings.mail.url)
    assert [url.partition(":")[0] for url in urls] == [
        "postgresql+psycopg",
        "postgresql+psycopg",
        "amqp",
        "smtp+starttls",
    ]
    assert not [url for url in urls if ":" in url.partition("//")[2].partition("@")[0].strip("/")]


def test_all_examples_speak_of_the_same_folder() -> None:
    """The inbox of the settings is the folder that sshd's accounts are made in and that systemd lets us write."""
    (inbox,) = load(_DEPLOY / "pictureday.toml").inboxes
    assert f"ROOT:-{inbox.root}" in (_DEPLOY / "sshd/add-vendor.sh").read_text()
    assert f"ReadWritePaths={inbox.root}" in (_DEPLOY / "systemd/pictureday@.service").read_text()


def test_the_guide_enables_every_stage() -> None:
    """Whoever follows the guide runs all stages."""
    guide = (_DEPLOY / "README.md").read_text()
    assert all(f"pictureday@{stage}" in guide for stage in STAGES)


def test_the_script_is_a_script() -> None:
    """The shell understands add-vendor.sh, and it refuses to guess."""
    script = str(_DEPLOY / "sshd/add-vendor.sh")
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert subprocess.run(["sh", script], capture_output=True, check=False).returncode == 2
