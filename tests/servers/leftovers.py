"""The folders that test servers live in, named so that a later run can tell which were left behind.

A folder's name holds the process that made it (its number and when it started, since numbers are
used again), and its file `processes` the servers that were started in it. A run that was killed
cannot clean up; the next one finds its folder, ends those very processes and removes the rest.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["descendants", "make_folder", "note_process", "remove_folder"]

_NAME = re.compile(r"pictureday-test-[a-z]+-(?P<pid>[0-9]+)-(?P<started>[0-9]+)-.*")


def make_folder(parent: Path, kind: str) -> Path:
    """A new folder under `parent` that everybody may enter; removes what dead runs left there."""
    for left in parent.glob("pictureday-test-*"):
        if (match := _NAME.fullmatch(left.name)) and not _is_alive(int(match["pid"]), int(match["started"])):
            remove_folder(left)
    prefix = f"pictureday-test-{kind}-{os.getpid()}-{_started(os.getpid())}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    folder.chmod(0o755)
    return folder


def note_process(folder: Path, pid: int) -> None:
    """Write down that the process `pid` belongs to `folder`."""
    with (folder / "processes").open("a", encoding="ascii") as notes:
        notes.write(f"{pid} {_started(pid)}\n")


def remove_folder(folder: Path) -> None:
    """End what still runs in `folder`, remove the system users whose home it is, and the folder itself."""
    for pid, started in _noted(folder):
        if _is_alive(pid, started):
            _kill([*descendants(pid), pid])
    for user in pwd.getpwall():
        if Path(user.pw_dir).is_relative_to(folder):
            subprocess.run(["userdel", user.pw_name], capture_output=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)


def descendants(pid: int) -> list[int]:
    """The children of `pid`, and theirs, as far as they are still its own."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in children.read_text(encoding="ascii").split()]
    return found + [grandchild for child in found for grandchild in descendants(child)]


def _noted(folder: Path) -> list[tuple[int, int]]:
    with suppress(OSError):
        lines = (folder / "processes").read_text(encoding="ascii").splitlines()
        return [(int(pid), int(started)) for pid, started in (line.split() for line in lines)]
    return []


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _is_alive(pid: int, started: int) -> bool:
    return _started(pid) == started


def _started(pid: int) -> int:
    # Field 22 of proc(5)'s stat, in clock ticks since boot; the name before it may hold spaces. -1: no such process.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return -1
    return int(stat.rpartition(")")[2].split()[19])
