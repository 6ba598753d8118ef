"""Processes that judge photos, so that no photo can take ours down.

Each has a memory limit, and each photo a time limit; a process that dies, runs out of memory or time is
replaced. A photo that was in it is judged once more, alone; if it does it again, it is
`could_not_be_checked`. Nothing here waits longer than that, and the processes end with their parent
even if it is killed: their pipe ends.
"""

from __future__ import annotations

import atexit
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self

from pictureday.profile import Profile
from pictureday.reasons import Finding
from validate.decoder import SLOTS, Decoder, Failure, Limits
from validate.judged import Judged

__all__ = ["Decoders"]

# Few enough that a lost chunk costs little, enough that waking a process does not cost more than the photos.
_CHUNK = 32
_CHUNK_BYTES = 8_000_000

_NOT_CHECKED = Judged(findings=(Finding(code="could_not_be_checked"),))


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    places: tuple[int, ...]  # of the photos in what was asked
    again: bool = False  # alone, after its first chunk failed


@dataclass(kw_only=True)
class _Work:
    """A process and what it was asked: the chunk it is at, until when, and the one it goes on with by itself.

    Were there no next one, it would stand idle until we have dealt with its answer.
    """

    decoder: Decoder
    until: float
    chunks: deque[_Chunk] = field(default_factory=deque)
    slot: int = 0

    def ask(self, chunk: _Chunk, photos: Sequence[bytes]) -> None:
        """Give it one more."""
        self.decoder.ask([photos[place] for place in chunk.places], slot=self.slot)
        self.slot = (self.slot + 1) % SLOTS
        self.chunks.append(chunk)

    @property
    def takes_more(self) -> bool:
        """Whether another may wait behind the one it is at; not behind a photo that may end the process."""
        return len(self.chunks) < SLOTS and not self.chunks[0].again


class Decoders:
    """A few decoder processes, started with the first photo. One caller at a time."""

    def __init__(
        self,
        *,
        processes: int = 0,
        seconds: float = 5.0,
        memory: int = 512_000_000,
        profile: Profile | None = None,
        judging: Callable[[bytes, Profile], Judged] | None = None,
    ) -> None:
        """0 `processes` means one for each core; `seconds` is for one photo, `memory` in bytes for one process.

        `judging` must be importable by its name in another process; tests pass misbehaving ones.
        """
        self._most = processes or len(os.sched_getaffinity(0))
        self._limits = Limits(seconds=seconds, memory=memory, profile=profile or Profile(), judging=judging)
        self._new: list[Decoder] = []  # at most one, that `begin` has started
        self._idle: list[Decoder] = []
        self._busy: dict[Connection, _Work] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin(self) -> None:
        """Start the first process now, so that it is ready when the first photo is. Raises `Outage` as `judge_all`."""
        if not (self._new or self._idle or self._busy):
            self._new.append(self._launched())

    def close(self) -> None:
        """End the processes, whatever they are doing. Judging after this starts new ones."""
        decoders = [*self._new, *self._idle, *(work.decoder for work in self._busy.values())]
        self._new, self._idle, self._busy = [], [], {}
        for decoder in decoders:
            decoder.kill()
        atexit.unregister(self.close)

    def judge_all(self, photos: Sequence[bytes]) -> list[Judged]:
        """The verdicts on `photos`, in their order. Raises `Outage` if processes can't be started."""
        verdicts: list[Judged] = [_NOT_CHECKED] * len(photos)
        waiting = deque(_chunks(photos))
        try:
            while waiting or self._busy:
                self._hand_out(waiting, photos)
                for chunk, answer in self._answers(waiting):
                    self._take(chunk, answer, verdicts, waiting)
        except BaseException:
            # An answer to this call must not be there when the next one asks.
            self.close()
            raise
        return verdicts

    def _hand_out(self, waiting: deque[_Chunk], photos: Sequence[bytes]) -> None:
        while waiting and len(self._busy) < self._most:
            decoder = self._idle.pop() if self._idle else self._next()
            work = self._busy[decoder.pipe] = _Work(decoder=decoder, until=self._until())
            work.ask(waiting.popleft(), photos)
        for work in self._busy.values():
            if waiting and work.takes_more and _may_wait(waiting[0], photos):
                work.ask(waiting.popleft(), photos)

    def _next(self) -> Decoder:
        return (self._new.pop() if self._new else self._launched()).ready()

    def _launched(self) -> Decoder:
        # By themselves they end with their pipe, which may be after the photo that they are at.
        atexit.unregister(self.close)
        atexit.register(self.close)
        return Decoder.launched(self._limits)

    def _until(self) -> float:
        return time.monotonic() + self._limits.seconds

    def _answers(self, waiting: deque[_Chunk]) -> Iterator[tuple[_Chunk, list[Judged] | Failure]]:
        patience = min(work.until for work in self._busy.values()) - time.monotonic()
        ready = wait(list(self._busy), max(0.0, patience))
        now = time.monotonic()
        for pipe, work in list(self._busy.items()):
            if pipe in ready or work.until <= now:
                chunk = work.chunks.popleft()
                yield chunk, self._answer(work, pipe in ready, waiting)

    def _answer(self, work: _Work, ready: bool, waiting: deque[_Chunk]) -> list[Judged] | Failure:
        answer = work.decoder.answer() if ready else Failure.TIME
        if isinstance(answer, Failure) and answer.deadly:
            del self._busy[work.decoder.pipe]
            work.decoder.kill()
            waiting.extendleft(work.chunks)  # not begun
        elif work.chunks:
            work.until = self._until()
        else:
            del self._busy[work.decoder.pipe]
            self._idle.append(work.decoder)
        return answer

    def _take(
        self, chunk: _Chunk, answer: list[Judged] | Failure, verdicts: list[Judged], waiting: deque[_Chunk]
    ) -> None:
        if not isinstance(answer, Failure):
            for place, verdict in zip(chunk.places, answer, strict=True):
                verdicts[place] = verdict
        elif chunk.again:
            from pictureday.log import get_logger  # a process of ours that decodes has no use for it

            get_logger().warning("photo_not_checked", failure=answer.value)
        else:
            waiting.extend(_Chunk(places=(place,), again=True) for place in chunk.places)


def _may_wait(chunk: _Chunk, photos: Sequence[bytes]) -> bool:
    # What does not fit into shared memory goes through the pipe; were the process to answer just then by the pipe as
    # well, each side would wait for the other to read.
    return not chunk.again and sum(len(photos[place]) for place in chunk.places) <= _CHUNK_BYTES


def _chunks(photos: Sequence[bytes]) -> Iterable[_Chunk]:
    places: list[int] = []
    size = 0
    for place, data in enumerate(photos):
        if places and (len(places) == _CHUNK or size + len(data) > _CHUNK_BYTES):
            yield _Chunk(places=tuple(places))
            places, size = [], 0
        places.append(place)
        size += len(data)
    if places:
        yield _Chunk(places=tuple(places))
