"""The preflight's verdicts: the pipeline's own rules over files that were not delivered yet.

What it can't know gives no reason: grants and the vendor's standing always, the roster unless given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ingest import merge
from ingest.indexes import FileMap
from pictureday.cli.dropped import Dropped
from pictureday.config import Settings
from pictureday.names import student_code
from pictureday.reasons import Finding
from validate import Judged, Standing, judge_name, judge_standing

if TYPE_CHECKING:
    from pictureday.roster import RosterFile

__all__ = ["Line", "Preflight"]

_TOGETHER = 64  # photos handed to the decoders at once: enough for all cores, little to hold
_TOGETHER_BYTES = 64_000_000
_UNREADABLE = Judged(findings=(Finding(code="could_not_be_checked"),))
_VERDICTS = {"index": "ignored", "ignored": "ignored", "archive": "refused", "unusable": "quarantined"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """The verdict on one file: accepted, quarantined, ignored or refused. `sha256` is of its bytes, for photos."""

    path: str
    verdict: str
    student_code: str | None = None
    findings: tuple[Finding, ...] = ()
    sha256: str = ""

    def as_json(self) -> dict[str, Any]:
        """One line of `check --json` (design, section 3)."""
        reasons = [{"code": one.code, "message": one.message, "fix": one.fix} for one in self.findings]
        return {
            "path": self.path,
            "verdict": self.verdict,
            "student_code": self.student_code,
            "reasons": reasons,
        }


class Preflight:
    """Judges deliveries. `judging` decodes (`Decoders.judge_all`); `beat` is told of photos that were judged."""

    def __init__(
        self,
        settings: Settings,
        judging: Callable[[Sequence[bytes]], list[Judged]],
        *,
        roster: RosterFile | None = None,
        beat: Callable[[int], None] = lambda _photos: None,
    ) -> None:
        self._settings = settings
        self._judging = judging
        self._roster = roster
        self._beat = beat

    def judge(self, delivery: Sequence[Dropped]) -> list[Line]:
        """A line for each file of one delivery, in its order."""
        index = merge([(one.path, _bytes(one) or b"") for one in delivery if one.kind == "index"])
        photos = {line.path: line for line in self._photos(delivery, index)}
        return _doubted([photos.get(one.path) or _unjudged(one) for one in delivery])

    def _photos(self, delivery: Sequence[Dropped], index: FileMap) -> Iterator[Line]:
        for batch in _batches([one for one in delivery if one.kind == "photo"]):
            yield from self._batch(batch, index)
            self._beat(len(batch))

    def _batch(self, batch: Sequence[Dropped], index: FileMap) -> Iterator[Line]:
        known = [self._too_big(one) for one in batch]
        read = [None if judged else _bytes(one) for one, judged in zip(batch, known, strict=True)]
        fresh = iter(self._judging([data for data in read if data is not None]))
        for one, judged, data in zip(batch, known, read, strict=True):
            found = judged or (_UNREADABLE if data is None else next(fresh))
            code = student_code(one.name) or index.code_for(one.path)
            yield self._line(one, code, found, hashlib.sha256(data or b"").hexdigest())

    def _too_big(self, one: Dropped) -> Judged | None:
        # Past this the pipeline does not read a file either.
        if one.size <= self._settings.ingest.file_bytes:
            return None
        facts = {"bytes": one.size, "most": self._settings.profile.most_bytes}
        return Judged(findings=(Finding(code="too_big", facts=facts),))

    def _line(self, one: Dropped, code: str | None, judged: Judged, sha256: str) -> Line:
        if code is None:
            findings = (*judge_name(one.name)[1], *judged.findings)
        else:
            findings = (*judged.findings, *judge_standing(self._standing(code)))
        verdict = "quarantined" if findings else "accepted"
        return Line(path=one.path, verdict=verdict, student_code=code, findings=findings, sha256=sha256)

    def _standing(self, code: str) -> Standing:
        if self._roster is None:
            return Standing()
        student = self._roster.students.get(code)
        if student is None:
            # A delta lists only who changed.
            return Standing(enrolled=None if self._roster.delta else False)
        flags = self._roster.flags
        listed = student.do_not_photograph if flags is None else code in flags and flags[code].do_not_photograph
        return Standing(enrolled=student.enrolled, do_not_photograph=listed if student.enrolled else None)


def _bytes(one: Dropped) -> bytes | None:
    try:
        return one.read()
    except OSError:
        return None


def _batches(photos: Sequence[Dropped]) -> Iterator[list[Dropped]]:
    batch: list[Dropped] = []
    size = 0
    for one in photos:
        if batch and (len(batch) == _TOGETHER or size + one.size > _TOGETHER_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _unjudged(one: Dropped) -> Line:
    return Line(path=one.path, verdict=_VERDICTS[one.kind], findings=one.findings)


def _doubted(lines: Sequence[Line]) -> list[Line]:
    # Two different good photos of one student in one delivery: nobody can tell which one is meant.
    good: dict[str | None, set[str]] = {}
    for line in lines:
        if line.verdict == "accepted":
            good.setdefault(line.student_code, set()).add(line.sha256)
    ambiguous = (Finding(code="ambiguous"),)
    return [
        replace(line, verdict="quarantined", findings=ambiguous)
        if line.verdict == "accepted" and len(good[line.student_code]) > 1
        else line
        for line in lines
    ]
