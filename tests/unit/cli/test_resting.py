"""What takes memory is let go of when nobody has needed it for a while."""

from __future__ import annotations

import threading

from pictureday.cli.resting import Resting


class Ground:
    """Something to release after ten seconds, and a clock that the test turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.released = 0
        self.resting = Resting(self._release, after=10, monotonic=lambda: self.now)

    def _release(self) -> None:
        self.released += 1

    def work(self) -> None:
        """Somebody is at work, and ends at once."""
        with self.resting.at_work():
            pass


def test_it_is_released_once_after_the_last_work() -> None:
    """The time counts from the last one's end; what is released is not released again before it was needed."""
    ground = Ground()
    ground.work()
    ground.now = 6
    ground.work()
    ground.now = 12
    assert (ground.resting.tick(), ground.released) == (4, 0)
    ground.now = 16
    ground.resting.tick()
    ground.now = 60
    ground.resting.tick()
    assert ground.released == 1
    ground.work()
    ground.now = 70
    ground.resting.tick()
    assert ground.released == 2


def test_what_nobody_needed_is_not_released() -> None:
    """There is nothing yet that could be let go of."""
    ground = Ground()
    ground.now = 60
    assert (ground.resting.tick(), ground.released) == (10, 0)


def test_nothing_is_released_while_somebody_is_at_work() -> None:
    """However long that takes; and another one's end does not change it."""
    ground = Ground()
    with ground.resting.at_work():
        ground.work()
        ground.now = 60
        ground.resting.tick()
        assert ground.released == 0


def test_who_comes_while_it_is_released_waits() -> None:
    """So that nobody begins with what is about to go."""
    began = threading.Event()
    order: list[str] = []

    def release() -> None:
        thread.start()
        began.wait(10)
        order.append("released")

    def work() -> None:
        began.set()
        with resting.at_work():
            order.append("at work")

    resting, thread = Resting(release, after=0), threading.Thread(target=work)
    with resting.at_work():
        pass
    resting.tick()
    thread.join(10)
    assert order == ["released", "at work"]
