"""No photo can take us down: decoder processes under photos that sleep, exit, allocate and fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pictureday.errors import Outage
from pictureday.profile import Profile
from tests.contract.validate.misbehaving import judge_badly, pass_on, report_self
from tests.photos import cut, portrait, sized_header
from validate import Decoders, Judged, judge


def codes(verdicts: list[Judged]) -> list[list[str]]:
    """The reasons of each verdict."""
    return [[finding.code for finding in verdict.findings] for verdict in verdicts]


@pytest.fixture(scope="module")
def bad() -> Iterator[Decoders]:
    """Processes that do what the photo says."""
    with Decoders(processes=2, seconds=0.5, judging=judge_badly) as decoders:
        yield decoders


def test_same_verdicts() -> None:
    """A photo judged in another process gets the verdict it gets here."""
    photos = [portrait(seed=1), cut(portrait(), 0.5), b"", sized_header(portrait(), 65500, 65500), b"<html>"]
    with Decoders(processes=1) as decoders:
        assert decoders.judge_all(photos) == [judge(data, Profile()) for data in photos]


def test_order(bad: Decoders) -> None:
    """Verdicts come back in the order of the photos, however many chunks they were."""
    photos = [b"x" * (number + 10) for number in range(100)]
    assert [verdict.width for verdict in bad.judge_all(photos)] == [len(data) for data in photos]


def test_photos_and_renditions_that_fit_into_no_shared_memory() -> None:
    """They go through the pipe, both ways, and neither side waits for the other for ever."""
    photos = [bytes([number]) * (9_000_000 if number % 27 == 26 else 300_000) for number in range(81)]
    with Decoders(processes=1, judging=pass_on) as decoders:
        assert [verdict.rendition.of(b"") for verdict in decoders.judge_all(photos) if verdict.rendition] == photos


def test_bad_photos(bad: Decoders) -> None:
    """Photos that take their process down cost themselves their verdict, and none of their neighbours theirs."""
    kinds = [b"sleep", b"exit", b"allocate", b"fail"]
    photos = [photo for kind in kinds for photo in [kind, *[b"good"] * 20]]
    verdicts = bad.judge_all(photos)
    assert [photo for photo, told in zip(photos, codes(verdicts), strict=True) if told] == kinds
    assert codes([verdicts[0]]) == [["could_not_be_checked"]]
    assert codes(bad.judge_all([b"good"])) == [[]]


def test_nothing_to_judge() -> None:
    """No photos cost no process."""
    assert Decoders().judge_all([]) == []


def test_killed_while_idle() -> None:
    """A process that something else killed between two calls is replaced without a word."""
    with Decoders(processes=1, judging=report_self) as decoders:
        first = decoders.judge_all([b"a"])[0].width
        assert first
        os.kill(first, signal.SIGKILL)
        second = decoders.judge_all([b"b"])[0]
    assert second.width not in (None, first)


def test_other_signals() -> None:
    """What a terminal or a service manager sends to all processes ends none of these; closing does."""
    with Decoders(processes=1, judging=report_self) as decoders:
        first = decoders.judge_all([b"a"])[0].width
        assert first
        os.kill(first, signal.SIGTERM)
        os.kill(first, signal.SIGINT)
        assert decoders.judge_all([b"b"])[0].width == first
    assert not Path(f"/proc/{first}").exists()


def test_no_room() -> None:
    """Where a process can't even start, that is an outage: it counts against nobody's photo."""
    with pytest.raises(Outage), Decoders(processes=1, memory=1_000_000) as decoders:
        decoders.judge_all([b"a"])


PARENT = """
from tests.contract.validate.misbehaving import report_self
from validate import Decoders
import time
if __name__ == "__main__":
    decoders = Decoders(processes=1, judging=report_self)
    print(decoders.judge_all([b"a"])[0].width, flush=True)
    {then}
"""


def orphan(then: str, tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    """A program that has judged a photo, and the process that did it."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(then=then))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout
    return parent, int(parent.stdout.readline())


def gone(process: int) -> bool:
    """Whether `process` has ended, even if nobody has asked how."""
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("then", ["time.sleep(60)", ""], ids=["killed", "ended"])
def test_orphans(then: str, tmp_path: Path) -> None:
    """The processes end with their parent: when it is killed outright, and when it just ends without closing."""
    parent, child = orphan(then, tmp_path)
    with parent:
        if then:
            parent.kill()
        parent.wait(30)
    while not gone(child):  # the test's own time limit ends this
        time.sleep(0.01)
