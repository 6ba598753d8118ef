"""The peers as contestants: each is started, watched and stopped like ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bench.contest import Load
from bench.ours import Servers
from bench.peers.job import judged, prepare
from tests.flow.district import eventually

__all__ = ["CELERY", "DRAMATIQ", "POOL", "SHELL", "Peer"]

_PEERS = Path(__file__).parent / "peers"
_CORES = str(len(os.sched_getaffinity(0)))
_PYTHON = [sys.executable, "-m"]

Command = Sequence[str]

SHELL: tuple[Command, ...] = ([str(_PEERS / "shell.sh"), "{folder}"],)
POOL: tuple[Command, ...] = ([*_PYTHON, "bench.peers.pool", "{folder}"],)
CELERY: tuple[Command, ...] = (
    [*_PYTHON, "celery", "-A", "bench.peers.celery_app", "worker", "--concurrency", _CORES, "--loglevel", "WARNING"],
    [*_PYTHON, "bench.peers.celery_app", "{folder}"],
)
DRAMATIQ: tuple[Command, ...] = (
    [*_PYTHON, "dramatiq", "bench.peers.dramatiq_app", "--processes", _CORES, "--threads", "4"],
    [*_PYTHON, "bench.peers.dramatiq_app", "{folder}"],
)


class Peer:
    """A few programs around one folder. The last of them watches the inbox."""

    def __init__(self, name: str, lacks: str, programs: Sequence[Command], servers: Servers | None = None) -> None:
        self.name = name
        self.lacks = lacks
        self._programs = programs
        self._servers = servers
        self._folder = Path()
        self._environment = dict(os.environ)
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, folder: Path) -> Sequence[int]:
        """Start its programs; the broker counts as one of them."""
        self._folder = folder
        prepare(folder)
        if self._servers:
            self._environment["PEER_BROKER"] = self._servers.rabbit.new_url()
        with (folder / "log").open("wb") as log:
            for program in self._programs:
                words = [word.format(folder=folder) for word in program]
                self._running.append(
                    subprocess.Popen(words, stdout=log, stderr=log, env=self._environment, start_new_session=True)
                )
        self._wait_until_it_watches()
        broker = [self._servers.rabbit.pid] if self._servers else []
        return [*(process.pid for process in self._running), *broker]

    def hand_in(self, load: Load) -> None:
        """Move each photo into the inbox."""
        for path in load.photos:
            path.rename(self._folder / "inbox" / path.name)

    def verdicts(self) -> int:
        """The lines of its CSV file, or the rows of its database."""
        written = self._folder / "verdicts.csv"
        return written.read_bytes().count(b"\n") if written.exists() else judged(self._folder)

    def close(self) -> None:
        """End all of it."""
        for process in self._running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running = []

    def _wait_until_it_watches(self) -> None:
        log = self._folder / "log"
        eventually(lambda: b"ready" in log.read_bytes() or self._is_shell_watching(), f"{self.name} is up", seconds=60)

    def _is_shell_watching(self) -> bool:
        if not (self._folder / "verdicts.csv").exists():
            return False
        # inotifywait is silent; it watches once it holds an inotify instance.
        group = subprocess.run(
            ["pgrep", "-g", str(self._running[0].pid), "inotifywait"], capture_output=True, text=True, check=False
        )
        return any(
            "anon_inode:inotify" in str(link.readlink())
            for pid in group.stdout.split()
            for link in Path(f"/proc/{pid}/fd").iterdir()
        )
