"""The docs say what the program does: a new reason, setting or command fails here until it is documented."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pictureday.bucketurl import BucketUrl, EventsUrl
from pictureday.cli import COMMANDS
from pictureday.config import Inbox, Settings
from pictureday.reasons import REASONS
from tests.meta.generate import PAGES, commands_page, settings_page

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_a_made_page_is_up_to_date(name: str) -> None:
    """Each made page in docs/ is what the program would write today; `make docs` mends it."""
    assert (_ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_has_its_anchor(code: str) -> None:
    """A report may link to `docs/reasons.md#<code>`."""
    assert f"\n### {code}\n" in (_ROOT / "docs/reasons.md").read_text(encoding="utf-8")


def test_every_setting_is_described() -> None:
    """No setting is told of by its name alone."""
    assert "| None |" not in settings_page()
    for section in fields(Settings):
        assert f"[{section.name.rstrip('_')}]" in settings_page()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_docs_and_in_the_readme(command: str) -> None:
    """A reader of the README meets every command, and finds its options in docs/commands.md."""
    assert f"## `pictureday {command}`" in commands_page()
    assert f"pictureday {command}" in (_ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_are_on_the_first_screen(target: str) -> None:
    """`make demo` and `make test` stand in the first 40 lines of the README."""
    lines = (_ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40]
    assert any(f"make {target}" in line for line in lines)


def test_every_url_in_the_page_on_buckets_is_one() -> None:
    """Whoever copies a setting from docs/s3.md or deploy/pictureday.toml gets one that loads."""
    text = "".join((_ROOT / name).read_text(encoding="utf-8") for name in ("docs/s3.md", "deploy/pictureday.toml"))
    found = re.findall(r'url = "((?:sqs|s3|amqps?)://[^"…]+)"', text)
    urls = [url for url in found if not url.startswith("amqp") or "queue=" in url]  # the other one is the bus's
    assert {url.partition(":")[0] for url in urls} == {"sqs", "s3", "amqp"}
    for url in urls:
        BucketUrl.parse(url) if url.startswith("s3:") else EventsUrl.parse(url)


def test_the_page_on_buckets_knows_every_way_to_end() -> None:
    """Each value of `inboxes[].after` is explained, and is one."""
    text = (_ROOT / "docs/s3.md").read_text(encoding="utf-8")
    for after in ("delete", "tag", "move:processed/", "keep"):
        assert f"| `{after}` |" in text
        Inbox(url="sqs://h.example/1/q?bucket=photos", after=after)
