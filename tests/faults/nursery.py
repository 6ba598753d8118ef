"""Runs the real command line again and again, quickly: a process that has loaded everything, and forks for each run.

It is started with the plug loaded before libc, and reads one request a line: the words, and what to be plugged into.
A test uses `Nursery`; the rest of this module is the other end.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from tests.faults.plug import plug_in

__all__ = ["Ended", "Nursery"]

_LONGEST = 60.0  # seconds for one run; one that hangs is a finding
_LOADED = (
    "pictureday.cli",
    "pictureday.catalogue",
    "pictureday.catalogue.versions",
    "pictureday.cli.supervisor",
    "pictureday.cli.stages",
    "pictureday.bus.embedded",
    "pictureday.mail.folder",
    "pictureday.mail.smtp",
    "ingest.worker",
    "validate.worker",
    "publish.worker",
    "sync.worker",
    "sqlalchemy.dialects.sqlite",
)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended: its exit code (negative: the signal), the seconds it took, and the end of its log."""

    code: int
    seconds: float
    log: str


class Nursery:
    """Runs commands of the real program, each in a process of its own."""

    def __init__(self, folder: Path, library: Path, *, under: Sequence[str] = ()) -> None:
        """`library` is the plug; `under` a command that watches over all runs, as strace does."""
        self._log = folder / "run.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PICTUREDAY_")}
        self._process = subprocess.Popen(
            [*under, sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env=kept | {"LD_PRELOAD": str(library), "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # it ends when there is nothing more to read

    def run(self, config: Path, *words: str, plug: Sequence[Path] = ()) -> Ended:
        """Run a command to its end. `plug`: the folder, the file of the counts, the log (see `plug_in`)."""
        asked = {
            "words": ["--config", str(config), *words],
            "plug": [str(path) for path in plug],
            "log": str(self._log),
        }
        began = time.monotonic()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        log_end = self._log.read_text(encoding="utf-8", errors="replace")[-6000:]
        return Ended(code=code, seconds=time.monotonic() - began, log=log_end)


def _serve() -> None:
    for name in _LOADED:
        import_module(name)
    for line in sys.stdin:
        sys.stdout.write(f"{_ended(_forked(json.loads(line)))}\n")
        sys.stdout.flush()


def _forked(asked: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        os.setsid()
        _become(asked["words"], asked["plug"], asked["log"])
    return child


def _become(words: Sequence[str], plug: Sequence[str], log: str) -> None:
    from pictureday.cli import main

    code = 70
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(out, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if plug:
            plug_in(*plug)
        code = main(words)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ended(child: int) -> int:
    limit = time.monotonic() + _LONGEST
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > limit:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.005)


if __name__ == "__main__":
    _serve()
