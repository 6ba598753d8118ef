"""What a night would come to if it were now: the same decisions, nothing written."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from sync import records
from sync.plan import Apply, Candidate, Decision, Hold, decide
from sync.tally import Tally

__all__ = ["foresee"]


def foresee(tx: Connection, size: int) -> Tally:
    """The counts of a night that began now, looked up `size` photos at a time. Blobs are not read."""
    tally, after, mark = Tally(), 0, records.mark(tx)
    while batch := records.candidates(tx, after=after, upto=mark, limit=size):
        tally += _of_batch(tx, batch)
        after = batch[-1].accepted_no
    return tally


def _of_batch(tx: Connection, batch: Sequence[Candidate]) -> Tally:
    codes = {photo.student_code for photo in batch}
    in_force = records.in_force(tx, codes)
    there = {photo.student_code for photo in in_force if photo.applied}
    decisions = decide(batch, records.students(tx, codes, lock=False), in_force)
    return sum((_counted(decision, there) for decision in decisions), Tally())


def _counted(decision: Decision, there: set[str]) -> Tally:
    if isinstance(decision, Hold):
        return Tally(held=1)
    if isinstance(decision, Apply):
        return Tally(applied=1, replaced=int(decision.candidate.student_code in there))
    return Tally(superseded=1)
