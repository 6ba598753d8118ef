"""One process that judges photos, seen from both ends of its pipe."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from pictureday.errors import Outage
from pictureday.heap import keep_freed
from pictureday.profile import Profile
from pictureday.reasons import Finding
from validate.photo import Judged
from validate.room import Packed, Room

__all__ = ["Decoder", "Failure", "Limits"]

_START = 60.0  # seconds for a process to start, on a machine that is busy with other things
_ROOM = 64_000_000  # bytes a good photo may need; a limit that leaves less is a wrong setting, not a bad photo
_READY = "ready"
_PHOTOS, _RENDITIONS = 8_000_000, 4_000_000  # bytes of shared memory; what does not fit goes through the pipe


# What an answer consists of: what was said of each photo, and whether it has a rendition; and the renditions.
_Said = tuple[tuple[Finding, ...], int | None, int | None, bool]
_Answer = tuple[list[_Said], Packed]


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """The memory shared with one process."""

    photos: Room
    renditions: Room


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
    rooms: Rooms

    @classmethod
    def started(cls, limits: Limits) -> Decoder:
        """A process that is ready for photos. Raises `Outage` if it does not come up."""
        # Forking a process with threads can deadlock, so a new interpreter is started. numpy's OpenBLAS
        # would reserve address space for every core, which the memory limit counts; nothing here uses it.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        rooms = Rooms(photos=Room(_PHOTOS), renditions=Room(_RENDITIONS))
        process = context.Process(target=_serve, args=(theirs, rooms, limits), name="pictureday-decoder", daemon=True)
        decoder = cls(process=process, pipe=ours, rooms=rooms)
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
            self.pipe.send(self.rooms.photos.put(photos))

    def answer(self) -> list[Judged] | Failure:
        """What it said, once the pipe is ready."""
        try:
            answer: _Answer | Failure = self.pipe.recv()
        except (EOFError, OSError):
            return Failure.DEATH
        return answer if isinstance(answer, Failure) else _unpacked(answer, self.rooms.renditions)

    def kill(self) -> None:
        """End it at once; it ignores every milder signal."""
        if self.process.pid is not None:
            self.process.kill()
            self.process.join()
        self.pipe.close()
        self.rooms.photos.close()
        self.rooms.renditions.close()


def _serve(pipe: Connection, rooms: Rooms, limits: Limits) -> None:
    # A Ctrl-C or a service manager's SIGTERM goes to all processes; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _hold_to(limits.memory)
    keep_freed()
    # The pipe ends when the parent does, however it ended.
    with suppress(EOFError, OSError, MemoryError):
        bytearray(_ROOM)
        pipe.send(_READY)
        while True:
            pipe.send(_answer(rooms.photos.get(pipe.recv()), rooms.renditions, limits))


def _hold_to(memory: int) -> None:
    # Whoever started us may allow less; asking for more than that is an error.
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    least = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (least, least))


def _answer(photos: list[bytes], room: Room, limits: Limits) -> _Answer | Failure:
    try:
        return _packed([limits.judging(data, limits.profile) for data in photos], room)
    except MemoryError:
        return Failure.MEMORY
    except Exception:  # noqa: BLE001 - the parent counts it against this photo alone
        return Failure.ERROR


def _packed(verdicts: Sequence[Judged], room: Room) -> _Answer:
    renditions = [judged.rendition for judged in verdicts]
    packed = room.put([data for data in renditions if data is not None])
    said = [(judged.findings, judged.width, judged.height, judged.rendition is not None) for judged in verdicts]
    return said, packed


def _unpacked(answer: _Answer, room: Room) -> list[Judged]:
    said, packed = answer
    renditions = iter(room.get(packed))
    return [
        Judged(findings=findings, width=width, height=height, rendition=next(renditions) if is_whole else None)
        for findings, width, height, is_whole in said
    ]
