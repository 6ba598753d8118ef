"""One server process: started as a user of its own, known by its number, ended for sure."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.servers.leftovers import descendants, note_process

__all__ = ["Account", "Process", "account", "program", "rights", "wait_until"]

Account = pwd.struct_passwd


def program(pattern: str, *, package: str) -> Path:
    """The newest program that `pattern` (a path, may hold `*` for a version) finds.

    A missing server is a failure, never a skip: raises `RuntimeError` that names Debian's package.
    """
    found = sorted(Path("/").glob(pattern.lstrip("/")), key=lambda path: (len(str(path)), path))
    if not found:
        raise RuntimeError(f"{pattern} is missing: install Debian's package {package}, or run tests/install-servers.sh")
    return found[-1]


def account(*names: str) -> Account | None:
    """The first of these users that exists, for servers that refuse to run as root; None where we are not root."""
    if os.getuid() != 0:
        return None
    for name in names:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("none of these users exists: " + ", ".join(names))


def rights(user: Account | None) -> dict[str, Any]:
    """What to give `subprocess` so that it runs something as `user`; nothing where we stay who we are."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def wait_until(ready: Callable[[], bool], what: str, *, seconds: float = 60.0, process: Process | None = None) -> None:
    """Return when `ready()`; raises `RuntimeError` when the time is over or `process` has ended."""
    end = time.monotonic() + seconds
    while not ready():
        if process is not None and not process.is_alive():
            raise RuntimeError(f"{what}: it ended by itself.\n{process.last_words()}")
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not after {seconds} s.\n{process.last_words() if process else ''}")
        time.sleep(0.02)


class Process:
    """A running program whose output goes to `<folder>/<name>.log`, as `user` where one is given."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        user: Account | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C ends the tests, and those end their servers in good order.
            self._popen: subprocess.Popen[bytes] = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder), **(environment or {})},
                start_new_session=True,
                **rights(user),
            )
        note_process(folder, self.pid)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._popen.pid

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def end(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 30.0) -> None:
        """Send it `number` and wait; after `seconds` it is killed. Its children go with it."""
        children = descendants(self.pid) if self.is_alive() else []
        if self.is_alive():
            self._popen.send_signal(number)
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        _wait_gone(children, seconds=5.0)

    def kill(self) -> None:
        """`kill -9`, as a power cut would; its children notice by themselves."""
        self.end(signal.SIGKILL)

    def last_words(self) -> str:
        """The end of what it said, for a failing test."""
        with suppress(OSError):
            return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
        return ""


def _wait_gone(pids: list[int], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(_is_running(pid) for pid in pids):
        time.sleep(0.01)
    for pid in filter(_is_running, pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
