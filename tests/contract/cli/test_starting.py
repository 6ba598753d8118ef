"""What a command loads before it does anything: its own parts, and none of what takes long and is for others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pictureday.cli import COMMANDS
from tests.photos import portrait

# What takes as long to load as a small command takes to run.
_HEAVY = {"numpy", "PIL", "simplejpeg", "structlog", "rich", "boto3", "pika", "alembic", "psycopg", "watchdog"}
_ASK = """
import sys
from pictureday.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def loaded(folder: Path, *words: str) -> set[str]:
    """The modules that a new process has when it has run the command."""
    done = subprocess.run(
        [sys.executable, "-c", _ASK, *words], capture_output=True, text=True, cwd=folder, check=True, timeout=60
    )
    return set(done.stderr.split())


def commands_in(modules: set[str]) -> set[str]:
    """Those of `modules` that are commands."""
    return {name for name in COMMANDS if f"pictureday.cli.{name}" in modules}


def test_help_loads_no_command(tmp_path: Path) -> None:
    """The list of commands is known without them."""
    modules = loaded(tmp_path, "--help")
    assert commands_in(modules) == set()
    assert not modules & (_HEAVY | {"sqlalchemy"})


@pytest.mark.parametrize(
    "words", [("status", "--json"), ("quarantine", "list"), ("roster", "export"), ("roster", "export", "--csv")]
)
def test_a_look_loads_its_own_command_alone(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Whoever only asks the catalogue loads the catalogue."""
    assert loaded(tmp_path, "db", "upgrade")
    modules = loaded(tmp_path, *words)
    assert commands_in(modules) == {words[0]}
    assert not modules & _HEAVY


def test_a_check_loads_no_decoder_and_no_database(tmp_path: Path) -> None:
    """What decodes is loaded by the process that decodes; ours could not be taken down by it."""
    (tmp_path / "123456X001.jpg").write_bytes(portrait())
    modules = loaded(tmp_path, "check", "123456X001.jpg")
    assert commands_in(modules) == {"check"}
    assert not modules & (_HEAVY | {"sqlalchemy"})


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_its_arguments(command: str, tmp_path: Path) -> None:
    """`--help` after any command is about that command, and loads it alone."""
    assert commands_in(loaded(tmp_path, command, "--help")) == {command}


def test_a_module_in_the_current_folder_is_not_run(tmp_path: Path) -> None:
    """A vendor's folder may hold files that are called like ours."""
    (tmp_path / "123456X001.jpg").write_bytes(portrait())
    for name in ("multiprocessing", "validate", "numpy", "signal"):
        (tmp_path / f"{name}.py").write_text("open('was_run', 'w')\nraise SystemExit(1)\n")
    command = [str(Path(sys.executable).parent / "pictureday"), "check", "123456X001.jpg"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=60)
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "1 accepted")
    assert not (tmp_path / "was_run").exists()
