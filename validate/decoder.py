"""One process that judges photos, seen from both ends of its pipe."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection, Pipe

from pictureday.errors import Outage
from pictureday.profile import Profile
from pictureday.reasons import Finding
from pictureday.tuning import tune
from validate.judged import Judged, Rendition, Span
from validate.room import Packed, Room

__all__ = ["NAME", "SLOTS", "Decoder", "Failure", "Limits", "serve"]

NAME = "pictureday-decoder"  # the last word of its command line

_START = 60.0  # seconds for a process to start, on a machine that is busy with other things
_ROOM = 64_000_000  # bytes a good photo may need; a limit that leaves less is a wrong setting, not a bad photo
_READY = "ready"
_PHOTOS, _RENDITIONS = 8_000_000, 4_000_000  # bytes of shared memory; what does not fit goes through the pipe


SLOTS = 2  # chunks of photos that one process may be asked at a time

# What an answer consists of: what was said of each photo, with hash, size and pieces of its rendition; and the bytes of
# those renditions that are no pieces. Plain tuples, as they are half as long as objects on their way.
_Made = tuple[str, int, tuple[Span, ...]]
_Said = tuple[tuple[Finding, ...], int | None, int | None, _Made | None]
_Answer = tuple[int, list[_Said], Packed]


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """The memory shared with one process, for one chunk of photos."""

    photos: Room
    renditions: Room

    def close(self) -> None:
        """Let go of it on this side."""
        self.photos.close()
        self.renditions.close()


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
    """What one process is held to: `seconds` for a photo, `memory` in bytes, and what it judges by (None: `judge`)."""

    seconds: float
    memory: int
    profile: Profile
    judging: Callable[[bytes, Profile], Judged] | None


@dataclass(frozen=True, kw_only=True)
class Decoder:
    """Our end: ask, then answer, one chunk at a time."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    rooms: Sequence[Rooms]  # one for each slot

    @classmethod
    def launched(cls, limits: Limits) -> Decoder:
        """A process that is about to be `ready`. Raises `Outage` if there can't be one."""
        ours, theirs = Pipe()
        rooms = [Rooms(photos=Room.new(_PHOTOS), renditions=Room.new(_RENDITIONS)) for _ in range(SLOTS)]
        with theirs:
            try:
                decoder = cls(process=_launched(theirs.fileno(), rooms), pipe=ours, rooms=rooms)
            except OSError as error:
                ours.close()
                _close(rooms)
                raise _not_started() from error
        with suppress(OSError):  # if it has died already, `ready` tells
            decoder.pipe.send(limits)
        return decoder

    def ready(self) -> Decoder:
        """Itself, once it is ready for photos. Raises `Outage` if it does not come up."""
        try:
            if self.pipe.poll(_START) and self.pipe.recv() == _READY:
                return self
        except (OSError, EOFError):
            pass
        except BaseException:
            self.kill()
            raise
        self.kill()
        raise _not_started()

    def ask(self, photos: list[bytes], *, slot: int) -> None:
        """Send `photos` by a slot that is free. If the process has died meanwhile, `answer` tells."""
        with suppress(OSError):
            self.pipe.send((slot, self.rooms[slot].photos.put(photos)))

    def answer(self) -> list[Judged] | Failure:
        """What it said to the first of what it was asked, once the pipe is ready."""
        try:
            answer: _Answer | Failure = self.pipe.recv()
        except (EOFError, OSError):
            return Failure.DEATH
        return answer if isinstance(answer, Failure) else _unpacked(answer, self.rooms)

    def kill(self) -> None:
        """End it at once; it ignores every milder signal."""
        self.process.kill()
        self.process.wait()
        self.pipe.close()
        _close(self.rooms)


def _launched(pipe: int, rooms: Sequence[Rooms]) -> subprocess.Popen[bytes]:
    # Forking a process with threads can deadlock, so a new interpreter is started; multiprocessing would start a second
    # one that keeps count of things we don't use. Modules are found where ours are, and never in the current folder,
    # which may be a vendor's. numpy's OpenBLAS would reserve address space for every core, which the memory limit
    # counts; nothing here uses it.
    shared = (pipe, *(room.file for pair in rooms for room in (pair.photos, pair.renditions)))
    code = f"import sys; sys.path[:] = {sys.path!r}; from validate.decoder import serve; serve{shared}"
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, NAME],
        stdin=subprocess.DEVNULL,
        pass_fds=shared,
        env={"OPENBLAS_NUM_THREADS": "1", **os.environ},
    )


def _close(rooms: Sequence[Rooms]) -> None:
    for pair in rooms:
        pair.close()


def _not_started() -> Outage:
    return Outage("A decoder process did not start.", fix="Check the memory of this machine and validate.memory.")


def serve(descriptor: int, *shared: int) -> None:
    """What the process does: judge what the pipe tells of, until that ends. All are file descriptors."""
    files = iter(shared)
    rooms = [
        Rooms(photos=Room(photos), renditions=Room(renditions)) for photos, renditions in zip(files, files, strict=True)
    ]
    # A Ctrl-C or a service manager's SIGTERM goes to all processes; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The pipe ends when the parent does, however it ended.
    with Connection(descriptor) as pipe, suppress(EOFError, OSError, MemoryError):
        from validate.photo import judge  # by now, while our parent does other things

        tune()

        limits: Limits = pipe.recv()
        _hold_to(limits.memory)
        bytearray(_ROOM)
        pipe.send(_READY)
        while True:
            slot, packed = pipe.recv()
            photos = rooms[slot].photos.get(packed)
            pipe.send(_answer(photos, slot, rooms[slot].renditions, limits, limits.judging or judge))


def _hold_to(memory: int) -> None:
    # Whoever started us may allow less; asking for more than that is an error.
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    least = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (least, least))


def _answer(
    photos: list[bytes], slot: int, room: Room, limits: Limits, judging: Callable[[bytes, Profile], Judged]
) -> _Answer | Failure:
    try:
        return (slot, *_packed([judging(data, limits.profile) for data in photos], room))
    except MemoryError:
        return Failure.MEMORY
    except Exception:  # noqa: BLE001 - the parent counts it against this photo alone
        return Failure.ERROR


def _packed(verdicts: Sequence[Judged], room: Room) -> tuple[list[_Said], Packed]:
    renditions = [judged.rendition for judged in verdicts]
    packed = room.put([rendition.data for rendition in renditions if rendition and not rendition.pieces])
    said = [(judged.findings, judged.width, judged.height, _made(judged.rendition)) for judged in verdicts]
    return said, packed


def _made(rendition: Rendition | None) -> _Made | None:
    return (rendition.sha256, rendition.size, rendition.pieces) if rendition else None


def _unpacked(answer: _Answer, rooms: Sequence[Rooms]) -> list[Judged]:
    slot, said, packed = answer
    bodies = iter(rooms[slot].renditions.get(packed))
    return [
        Judged(findings=findings, width=width, height=height, rendition=made and _rendition(*made, bodies))
        for findings, width, height, made in said
    ]


def _rendition(sha256: str, size: int, pieces: tuple[Span, ...], bodies: Iterator[bytes]) -> Rendition:
    return Rendition(sha256=sha256, size=size, pieces=pieces, data=b"" if pieces else next(bodies))
