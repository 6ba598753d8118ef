"""Loops that never give up, and end when they must."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from pictureday.errors import FatalError, Outage
from pictureday.loops import Patience, keep_going


class Steps:
    """Does one thing after another, then stops the loop."""

    def __init__(self, *steps: Exception | None) -> None:
        self.left = list(steps)
        self.stop = threading.Event()

    def __call__(self) -> float:
        """The next thing."""
        step = self.left.pop(0)
        if not self.left:
            self.stop.set()
        if step is not None:
            raise step
        return 0.0


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are waited for in no time."""
    monkeypatch.setattr(Patience, "failed", _at_once(Patience.failed))


def _at_once(failed: Callable[[Patience, Exception], float]) -> Callable[[Patience, Exception], float]:
    def told(self: Patience, error: Exception) -> float:
        failed(self, error)
        return 0.0

    return told


@pytest.mark.parametrize("error", [Outage("The disk is full."), ZeroDivisionError("a bug")])
def test_errors_end_nothing(error: Exception) -> None:
    """An outage, or a bug, makes the loop wait; then it goes on."""
    steps = Steps(error, error, None, None)
    keep_going("part", steps, steps.stop)
    assert steps.left == []


def test_a_fatal_error_ends_the_loop() -> None:
    """After a failed fsync nothing may go on."""
    steps = Steps(None, FatalError("not saved"), None)
    with pytest.raises(FatalError):
        keep_going("part", steps, steps.stop)
    assert len(steps.left) == 1


def test_a_trouble_is_told_once() -> None:
    """It is logged when it begins and when it ends; another one in between is told too."""
    steps = Steps(Outage("A."), Outage("A."), Outage("B."), None, None)
    with capture_logs() as lines:
        keep_going("part", steps, steps.stop)
    assert [(line["event"], line.get("trouble", line.get("failures"))) for line in lines] == [
        ("part_stopped", "A."),
        ("part_stopped", "B."),
        ("part_resumed", 3),
    ]


def test_a_bug_is_told_with_its_place_and_an_outage_without() -> None:
    """What we know needs no traceback."""
    steps = Steps(Outage("A."), ValueError("b"), None)
    with capture_logs() as lines:
        keep_going("part", steps, steps.stop)
    assert [line["exc_info"] is None for line in lines[:2]] == [True, False]


def test_a_loop_that_is_stopped_begins_nothing() -> None:
    """No step is begun after the wish to stop."""
    steps = Steps(None)
    steps.stop.set()
    keep_going("part", steps, steps.stop)
    assert len(steps.left) == 1
