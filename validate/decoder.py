"""One process that judges photos, seen from both ends of its pipe."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from pictureday.errors import Outage
from pictureday.profile import Profile
from validate.photo import Judged

__all__ = ["Decoder", "Failure", "Limits"]

_START = 60.0  # seconds for a process to start, on a machine that is busy with other things
_ROOM = 64_000_000  # bytes a good photo may need; a limit that leaves less is a wrong setting, not a bad photo
_READY = "ready"


class Failure(StrEnum):
    """How a process failed a photo."""

    TIME = "time"
    MEMORY = "memory"
    DEATH = "death"
    ERROR = "error"  # a bug of ours

    @property
    def deadly(self) -> bool:
        """Whether the process can't go on."""
        return self in (Failure.TIME, Failure.DEATH)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one process is held to: `seconds` for a photo, `memory` in bytes, and what it judges by."""

    seconds: float
    memory: int
    profile: Profile
    judging: Callable[[bytes, Profile], Judged]


@dataclass(frozen=True, kw_only=True)
class Decoder:
    """Our end: ask, then answer, one chunk at a time."""

    process: BaseProcess
    pipe: Connection

    @classmethod
    def started(cls, limits: Limits) -> Decoder:
        """A process that is ready for photos. Raises `Outage` if it does not come up."""
        # Forking a process with threads can deadlock, so a new interpreter is started. numpy's OpenBLAS
        # would reserve address space for every core, which the memory limit counts; nothing here uses it.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, limits), name="pictureday-decoder", daemon=True)
        decoder = cls(process=process, pipe=ours)
        try:
            process.start()
            theirs.close()
            if ours.poll(_START) and ours.recv() == _READY:
                return decoder
        except (OSError, EOFError):
            pass
        decoder.kill()
        raise Outage("A decoder process did not start.", fix="Check the memory of this machine and validate.memory.")

    def ask(self, photos: list[bytes]) -> None:
        """Send `photos`. If the process has died meanwhile, `answer` tells."""
        with suppress(OSError):
            self.pipe.send(photos)

    def answer(self) -> list[Judged] | Failure:
        """What it said, once the pipe is ready."""
        try:
            answer: list[Judged] | Failure = self.pipe.recv()
        except (EOFError, OSError):
            return Failure.DEATH
        return answer

    def kill(self) -> None:
        """End it at once; it ignores every milder signal."""
        if self.process.pid is not None:
            self.process.kill()
            self.process.join()
        self.pipe.close()


def _serve(pipe: Connection, limits: Limits) -> None:
    # A Ctrl-C or a service manager's SIGTERM goes to all processes; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _hold_to(limits.memory)
    # The pipe ends when the parent does, however it ended.
    with suppress(EOFError, OSError, MemoryError):
        bytearray(_ROOM)
        pipe.send(_READY)
        while True:
            pipe.send(_answer(pipe.recv(), limits))


def _hold_to(memory: int) -> None:
    # Whoever started us may allow less; asking for more than that is an error.
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    least = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (least, least))


def _answer(photos: list[bytes], limits: Limits) -> list[Judged] | Failure:
    try:
        return [limits.judging(data, limits.profile) for data in photos]
    except MemoryError:
        return Failure.MEMORY
    except Exception:  # noqa: BLE001 - the parent counts it against this photo alone
        return Failure.ERROR
