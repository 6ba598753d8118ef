"""What is imported, and what a wheel holds, is ours and all of it."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("ingest", "validate", "publish", "sync", "pictureday")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from this tree, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("name", _PACKAGES)
def test_a_package_is_ours(name: str) -> None:
    """An unrelated package (configobj has a `validate`) has not taken the place of ours."""
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(_ROOT)


def test_the_packages_of_the_wheel_are_those_we_think_of() -> None:
    """This file and pyproject.toml name the same packages."""
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert tuple(settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == _PACKAGES


def test_the_wheel_holds_every_module(wheel: set[str]) -> None:
    """No module is forgotten, and no file that a module reads (templates, migrations)."""
    files = {
        path.relative_to(_ROOT).as_posix()
        for package in _PACKAGES
        for path in (_ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files <= wheel
    assert "pictureday/catalogue/migrations/env.py" in wheel


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    """No tests, no deployment, no docs: they would land beside other people's packages."""
    assert {name.split("/")[0] for name in wheel} == {*_PACKAGES, "pictureday-0.1.0.dist-info"}


def test_the_lock_files_name_hashes_and_no_index() -> None:
    """A lock file names versions and hashes; where from is the machine's own affair."""
    for path in (_ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not {word for word in ("://", "index", "find-links") if word in text}, path.name
