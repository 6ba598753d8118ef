"""The real decoder process, watched: what it takes, whether it dies, and what another decoder says of its verdicts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.hostile.strict import Djpeg
from validate import Decoders, Judged
from validate.decoder import NAME
from validate.header import read

__all__ = ["MEMORY", "Court", "codes"]

MEMORY = 512_000_000  # bytes that one process may have, whatever the photo (issue: 512 MB)


class Court:
    """One decoder process with the limits of the default settings (512 MB, 5 s a photo), and `djpeg -strict`."""

    def __init__(self, folder: Path) -> None:
        self._decoders = Decoders(processes=1)
        self._djpeg = Djpeg(folder)
        self._known: dict[bytes, str] = {}
        self.accepted = 0

    def __enter__(self) -> Self:
        self._decoders.judge_all([b"to start it"])
        self._first = _processes()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._decoders.close()

    def judge(self, photos: Sequence[bytes]) -> list[Judged]:
        """The verdicts."""
        return self._decoders.judge_all(photos)

    def rendition(self, data: bytes) -> bytes:
        """What MiSiS would get of one photo, b'' where nothing."""
        made = self.judge([data])[0].rendition
        return made.of(data) if made else b""

    def lost(self) -> bool:
        """Whether the process that was started first had to be replaced: it died, or its time was up."""
        return _processes() != self._first

    def peak(self) -> int:
        """The most memory that the process ever had, in bytes."""
        return max(_peak(process) for process in _processes())

    def unjudged(self, judged: Judged) -> str:
        """Why `judged` is no verdict on a photo's bytes; '' where it is one."""
        return "nothing could judge it" if "could_not_be_checked" in codes(judged) else ""

    def wrongly(self, data: bytes, judged: Judged) -> str:
        """Why `data` should not have got this verdict; '' where it is right, as far as another decoder can tell."""
        self.accepted += not judged.findings
        faults = (f"{what}: {fault}" for what, fault in self._faults(data, judged) if fault)
        return next(faults, "") or self._other_picture(data, judged)

    def _faults(self, data: bytes, judged: Judged) -> Iterator[tuple[str, str]]:
        if not judged.findings:
            yield "accepted", self._fault(data)
            yield "accepted", "" if judged.rendition else "it has no rendition"
        # What waits in quarantine may be released: its rendition goes to the store as well.
        if judged.rendition is not None:
            yield "its rendition", self._fault(judged.rendition.of(data))

    def _fault(self, data: bytes) -> str:
        if data not in self._known:
            self._known = {data: self._djpeg.fault(data)}  # mostly a photo is its own rendition
        return self._known[data]

    def _other_picture(self, data: bytes, judged: Judged) -> str:
        """Whether segments that were dropped changed the picture."""
        copy = judged.rendition.of(data) if judged.rendition else data
        if judged.findings or copy == data or read(data).orientation != 1:
            return ""
        same = self._djpeg.pixels(data) == self._djpeg.pixels(copy)
        return "" if same else "its rendition shows another picture"


def codes(judged: Judged) -> list[str]:
    """The reasons of a verdict."""
    return [finding.code for finding in judged.findings]


def _processes() -> Iterable[int]:
    """Our own decoder processes, as the system has them."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return sorted(int(child) for child in children if NAME in Path(f"/proc/{child}/cmdline").read_text().split("\0"))


def _peak(process: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found.group(1)) * 1024
