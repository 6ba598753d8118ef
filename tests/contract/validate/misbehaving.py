"""Judges that misbehave on photos that say so, for the tests of the processes that run them."""

from __future__ import annotations

import os
import time

from pictureday.profile import Profile
from validate import Judged, Rendition

__all__ = ["judge_badly", "pass_on", "report_self"]


def judge_badly(data: bytes, _profile: Profile) -> Judged:
    """Sleep, exit, allocate or fail as `data` says; anything else is a good photo as wide as `data` is long."""
    if data == b"sleep":
        time.sleep(3600)
    if data == b"exit":
        os._exit(7)
    if data == b"allocate":
        return Judged(findings=(), rendition=Rendition.made(bytes(2_000_000_000)))
    if data == b"fail":
        raise ArithmeticError("a bug of ours")
    return Judged(findings=(), width=len(data))


def pass_on(data: bytes, _profile: Profile) -> Judged:
    """The photo itself as its rendition, as long as it may be."""
    return Judged(findings=(), rendition=Rendition.made(data))


def report_self(_data: bytes, _profile: Profile) -> Judged:
    """The process that judges, as the width."""
    return Judged(findings=(), width=os.getpid())
