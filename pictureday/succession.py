"""Succession: what a new photo of a student means for the student's other photos. Pure.

The newest photo wins (design, 5.8): *newer* is by arrival, then by place in the archive, never by the
time of judging, so that verdicts may be given in any order. Every change of a student's photos goes
through `settle`, under the student's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pictureday.messages import FileState
from pictureday.reasons import Finding

__all__ = ["Change", "Photo", "settle"]

_IN_FORCE = {FileState.ACCEPTED, FileState.APPLIED}
_AMBIGUOUS = Finding(code="ambiguous")


class Photo(NamedTuple):
    """A photo of one student, as far as succession asks. `path` tells a re-upload from a second photo."""

    file_id: int
    state: FileState
    arrival: int
    entry: int
    delivery_id: int
    vendor: str
    path: str
    sha256: str
    findings: tuple[Finding, ...] = ()

    @property
    def age(self) -> tuple[int, int]:
        """Later is greater."""
        return self.arrival, self.entry

    @property
    def is_ambiguous(self) -> bool:
        """Whether it waits because its delivery had another photo of the student."""
        return any(finding.code == "ambiguous" for finding in self.findings)


class Change(NamedTuple):
    """The new state of one photo. `same_as`: the photo whose bytes these are."""

    file_id: int
    state: FileState
    findings: tuple[Finding, ...] = ()
    same_as: int | None = None


def settle(new: Photo, others: Sequence[Photo], *, chosen: bool = False) -> list[Change]:
    """What becomes of `new` (its findings are its verdict) and of the student's `others`; `new` comes first.

    `chosen`: a person released it, so that its findings and a second photo in its delivery don't hold it back.
    """
    newest = max((photo for photo in others if photo.state in _IN_FORCE), key=lambda photo: photo.age, default=None)
    verdict = () if chosen else new.findings
    if newest and newest.sha256 == new.sha256 and (not verdict or newest.vendor == new.vendor):
        same = Change(file_id=new.file_id, state=FileState.UNCHANGED, findings=verdict, same_as=newest.file_id)
        # No new version, but the vendor's later word: what was wrong before it needs no mending any more.
        return [same] if verdict else [same, *_resolved(new, others)]
    outdated = newest is not None and _renewed(newest, others) > new.age
    if verdict:
        return [_outdated(new) if outdated else _held_back(new, others)]
    if not chosen and (rivals := [photo for photo in others if _is_rival(photo, new)]):
        return _ambiguous(new, rivals)
    if outdated:
        return [Change(file_id=new.file_id, state=FileState.SUPERSEDED, findings=new.findings)]
    return [Change(file_id=new.file_id, state=FileState.ACCEPTED, findings=new.findings), *_stepping_down(new, others)]


def _renewed(newest: Photo, others: Iterable[Photo]) -> tuple[int, int]:
    # The same bytes again make no new version, but they are the vendor's later word all the same.
    same = (photo for photo in others if photo.state is FileState.UNCHANGED and photo.sha256 == newest.sha256)
    return max(photo.age for photo in (newest, *same))


def _outdated(new: Photo) -> Change:
    # Judged after the photo that took its place: nobody needs to mend it any more.
    return Change(file_id=new.file_id, state=FileState.RESOLVED, findings=new.findings)


def _held_back(new: Photo, others: Iterable[Photo]) -> Change:
    # The very bytes that already wait join that entry: nobody is told of them a second time.
    waiting = [photo for photo in others if photo.state is FileState.QUARANTINED and photo.file_id != new.file_id]
    same = next((photo for photo in waiting if (photo.sha256, photo.vendor) == (new.sha256, new.vendor)), None)
    if same is not None and new.state is FileState.RECEIVED:
        return Change(file_id=new.file_id, state=FileState.UNCHANGED, findings=new.findings, same_as=same.file_id)
    return Change(file_id=new.file_id, state=FileState.QUARANTINED, findings=new.findings)


def _is_rival(photo: Photo, new: Photo) -> bool:
    # The same path again is a re-upload, and the newer one wins.
    if photo.delivery_id != new.delivery_id or photo.path == new.path or photo.sha256 == new.sha256:
        return False
    return photo.state in _IN_FORCE | {FileState.UNCHANGED} or (
        photo.state is FileState.QUARANTINED and photo.is_ambiguous
    )


def _ambiguous(new: Photo, rivals: Iterable[Photo]) -> list[Change]:
    doubted = [new, *(photo for photo in rivals if photo.state is FileState.ACCEPTED)]
    return [
        Change(file_id=photo.file_id, state=FileState.QUARANTINED, findings=(*photo.findings, _AMBIGUOUS))
        for photo in doubted
    ]


def _stepping_down(new: Photo, others: Sequence[Photo]) -> Iterable[Change]:
    for photo in others:
        if photo.state is FileState.ACCEPTED and photo.file_id != new.file_id and photo.age < new.age:
            yield Change(file_id=photo.file_id, state=FileState.SUPERSEDED, findings=photo.findings)
    yield from _resolved(new, others)


def _resolved(new: Photo, others: Iterable[Photo]) -> Iterable[Change]:
    for photo in others:
        if photo.state is FileState.QUARANTINED and photo.file_id != new.file_id and photo.age < new.age:
            yield Change(file_id=photo.file_id, state=FileState.RESOLVED, findings=photo.findings)
