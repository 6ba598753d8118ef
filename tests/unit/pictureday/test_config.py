"""Settings: defaults that work, overrides that are seen, and every mistake told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pictureday.config import Settings, hide_passwords, home, load
from pictureday.errors import ConfigError


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _written(text: str) -> Path:
    path = Path("mine.toml")
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_need_be_set(tmp_path: Path) -> None:
    """Without a file and a variable, everything is embedded and lives in ./var."""
    settings = load()
    assert settings.bus.url == "embedded:"
    assert settings.catalogue.url == f"sqlite:///{tmp_path}/var/catalogue.db"
    assert settings.inboxes[0].root == tmp_path / "var/vendors"


def test_home_moves_every_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """`PICTUREDAY_HOME` is where all the embedded parts are."""
    monkeypatch.setenv("PICTUREDAY_HOME", "/tmp/elsewhere")
    settings = load()
    assert home() == Path("/tmp/elsewhere")
    urls = (settings.catalogue.url, settings.misis.url, settings.blobs.url, settings.mail.url, settings.inboxes[0].url)
    assert all("/tmp/elsewhere/" in url for url in urls)


def test_the_file_is_named_or_in_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--config` comes before `PICTUREDAY_CONFIG`, and that before ./pictureday.toml."""
    for name in ("argument", "variable", "pictureday"):
        Path(f"{name}.toml").write_text(f'district.name = "{name}"', encoding="utf-8")
    assert load().district.name == "pictureday"
    monkeypatch.setenv("PICTUREDAY_CONFIG", "variable.toml")
    assert load().district.name == "variable"
    assert load(Path("argument.toml")).district.name == "argument"


def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """`bus.attempts` is `PICTUREDAY_BUS__ATTEMPTS`; what else the file says stays."""
    monkeypatch.setenv("PICTUREDAY_BUS__ATTEMPTS", "7")
    settings = load(_written("[bus]\nattempts = 3\nlease = 4\n"))
    assert (settings.bus.attempts, settings.bus.lease) == (7, 4.0)


def test_a_list_in_the_environment_is_written_as_in_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists and tables can be given without a file."""
    monkeypatch.setenv("PICTUREDAY_MAIL__OPS", '["a@x.example", "b@x.example"]')
    monkeypatch.setenv("PICTUREDAY_INBOXES", '[{url = "file:/a"}, {url = "file:/b"}]')
    settings = load()
    assert settings.mail.ops == ("a@x.example", "b@x.example")
    assert [inbox.root for inbox in settings.inboxes] == [Path("/a"), Path("/b")]


def test_every_mistake_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run names each bad setting and what it should be."""
    monkeypatch.setenv("PICTUREDAY_SYNC__AT", "25:00")
    with pytest.raises(ConfigError) as error:
        load(_written('district.timezone = "Mars/Olympus"\nbus = {url = "redis://x", colour = 1}\ningest.settle = -1'))
    lines = str(error.value).splitlines()
    assert len(lines) == 6
    for name, hint in {
        "district.timezone": "a time zone like America/Los_Angeles",
        "bus.url": "it should start with embedded: or amqp://",
        "bus.colour": "there is no such setting",
        "ingest.settle": "greater than or equal to 0",
        "sync.at": "'25:00'",
    }.items():
        assert any(line.startswith(f"  {name}: ") and hint in line for line in lines), (name, lines)


@pytest.mark.parametrize(
    "text",
    [
        'sync.at = "102:00"',
        'sync.at = "02:000"',
        'bus.prefix = "a b"',
        'bus.prefix = ""',
        "ingest.settle = inf",
        "ingest.quiet = nan",
        "profile.least_width = 0",
        "roster.most_dropped = 1.5",
        'misis.url = "mysql://x"',
        'inboxes = "file:/x"',
        "bus = 3",
    ],
)
def test_a_value_that_makes_no_sense_is_refused(text: str) -> None:
    """A pattern means the whole value, a number a number that can be worked with."""
    with pytest.raises(ConfigError, match="Some settings are wrong"):
        load(_written(text))


@pytest.mark.parametrize(
    "url", ["redis://u:geheim@host/1", "redis://:geheim@host", "redis://u:ge:he/im@host", "https://u:g@geheim@host"]
)
def test_a_password_is_not_repeated(url: str) -> None:
    """An error that shows a URL shows `***` for its password."""
    with pytest.raises(ConfigError) as error:
        load(_written(f'bus.url = "{url}"'))
    assert "***@host" in str(error.value)
    assert "geheim" not in str(error.value)


def test_hiding_passwords_leaves_the_rest() -> None:
    """Only what stands between user and host is hidden."""
    text = "amqp://u:p@h/x and file:/a:b@c and smtp://h:25"
    assert hide_passwords(text) == "amqp://u:***@h/x and file:/a:b@c and smtp://h:25"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.absolute, "can't be read: No such file"),
        (Path.mkdir, "can't be read: Is a directory"),
        (lambda path: path.write_text("bus = [", encoding="utf-8"), "is no TOML"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "is no TOML"),
    ],
    ids=["missing", "folder", "broken", "binary"],
)
def test_a_file_that_cannot_be_read_is_named(make: object, says: str) -> None:
    """The sentence holds the file's name and why."""
    assert callable(make)
    make(Path("named.toml"))
    with pytest.raises(ConfigError, match=rf"named\.toml {says}"):
        load(Path("named.toml"))


def test_a_section_cannot_be_overridden_below_a_plain_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that reaches into a text is told by its name."""
    monkeypatch.setenv("PICTUREDAY_BUS__URL__HOST", "x")
    with pytest.raises(ConfigError, match="PICTUREDAY_BUS__URL__HOST can't override url"):
        load(_written('bus.url = "embedded:"'))


def test_the_store_is_not_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sync would wait for its own lock."""
    monkeypatch.setenv("PICTUREDAY_MISIS__URL", load().catalogue.url)
    with pytest.raises(ConfigError, match=r"misis\.url: it should be another database"):
        load()


def test_settings_cannot_be_changed() -> None:
    """What was read at the start holds until the end."""
    with pytest.raises(AttributeError, match="cannot assign"):
        Settings().bus.url = "amqp://x"  # type: ignore[misc]  # that is what must fail


def test_an_inbox_in_a_bucket_has_the_bucket_s_name() -> None:
    """The catalogue knows it by the bucket, so another queue or endpoint makes no other inbox of it."""
    queue = "sqs://sqs.us-west-2.amazonaws.com/1/q?bucket=photos&prefix=vendors"
    settings = load(
        _written(f'inboxes = [{{ url = "{queue}", after = "move:done/" }}, {{ url = "file:/srv/sftp" }}]\n')
    )
    bucket, folder = settings.inboxes
    assert (bucket.name, bucket.after) == ("s3://photos/vendors", "move:done/")
    assert (folder.name, folder.events, folder.after) == ("file:/srv/sftp", None, "")


def test_what_becomes_of_an_object_where_nobody_has_said() -> None:
    """It is deleted at AWS; a server that may know no conditional removal has it tagged, so that nothing is lost."""
    queue = "sqs://h.example/1/q?bucket=photos"
    assert load(_written(f'inboxes = [{{ url = "{queue}" }}]\n')).inboxes[0].aftercare == "delete"
    elsewhere = f"{queue}&endpoint=https://s3.x.example"
    assert load(_written(f'inboxes = [{{ url = "{elsewhere}" }}]\n')).inboxes[0].aftercare == "tag"
    asked = load(_written(f'inboxes = [{{ url = "{elsewhere}", after = "delete" }}]\n'))
    assert asked.inboxes[0].aftercare == "delete"


def test_the_same_inbox_twice() -> None:
    """Two ingesters would take turns at it."""
    one, other = (f"sqs://h.example/1/{name}?bucket=photos&prefix=vendors" for name in ("a", "b"))
    with pytest.raises(ConfigError, match=r"inboxes: s3://photos/vendors should be there only once"):
        load(_written(f'inboxes = [{{ url = "{one}" }}, {{ url = "{other}" }}]\n'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('inboxes = [{ url = "sqs://h.example/1/q" }]', "inboxes.0.url: it should name the bucket"),
        ('inboxes = [{ url = "sqs://h.example/1/q?bucket=b&colour=red" }]', "there is no option colour"),
        ('inboxes = [{ url = "file:/x", after = "burn" }]', "inboxes.0.after: it should be delete, keep, tag or move:"),
        ('inboxes = [{ url = "file:/x", after = "move:inbox/" }]', "FOLDER neither inbox nor receipts"),
        ('blobs.url = "s3://Photos"', "blobs.url: it should name a bucket"),
    ],
)
def test_what_is_wrong_with_a_bucket_s_setting(text: str, said: str) -> None:
    """It is told with the setting's name, at once, before anything is asked of a server."""
    with pytest.raises(ConfigError, match=said):
        load(_written(text))
