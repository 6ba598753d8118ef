"""The tests are tested: a bug that is planted in a copy of the tree makes the tests fail that are to find it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.figures import Figure, Figures, Scale
from tests.simulation.planted import PLANTED, Bug

_ROOT = Path(__file__).parents[2]
_SAMPLE = {"match-for-fullmatch", "closed-while-pending"}


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_each_bug_can_be_planted(bug: Bug) -> None:
    """Its place stands exactly once in the tree of today, so the list can't rot."""
    assert (_ROOT / bug.file).read_text(encoding="utf-8").count(bug.text) == 1


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Bug, tmp_path: Path, scale: Scale, figures: Figures) -> None:
    """Each test that is named for a bug fails with it; two of them are tried in a sample."""
    if not scale(bug.name in _SAMPLE, True):
        return
    _plant(bug, tmp_path)
    let_in = [test for test in bug.tests if not _fails(tmp_path, test)]
    figures(Figure(what="planted bugs", times=1, let_in=len(let_in)))
    assert not let_in


def _plant(bug: Bug, folder: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, check=True).stdout
    for name in filter(None, os.fsdecode(listed).split("\0")):
        if (_ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_ROOT / name, folder / name)
    place = folder / bug.file
    place.write_text(place.read_text(encoding="utf-8").replace(bug.text, bug.instead), encoding="utf-8")


def _fails(folder: Path, test: str) -> bool:
    # 1 is pytest's word for failed tests; a test that is not there, or can't be loaded, is another.
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", test]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=_environment())
    assert run.returncode in {0, 1}, run.stdout[-2000:] + run.stderr[-2000:]
    return run.returncode == 1 and " failed" in run.stdout and " error" not in run.stdout.splitlines()[-1]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
