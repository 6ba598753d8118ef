"""What is to be done with a message just taken is decided by its count and by whether it can be split."""

from __future__ import annotations

import pytest

from pictureday.bus.hand import Step, halves, next_step, told
from pictureday.bus.protocol import Taken
from pictureday.messages import DeliveryToTell, Message, PhotosReceived

_BATCH = PhotosReceived(photo_ids=(1, 2, 3))
_ONE = PhotosReceived(photo_ids=(1,))
_TELL = DeliveryToTell(delivery_id=1)


@pytest.mark.parametrize(
    ("message", "attempts", "step"),
    [
        (_BATCH, 1, Step.HANDLE),
        (_BATCH, 2, Step.SPLIT),  # met before: it failed, or ended its process
        (_BATCH, 9, Step.SPLIT),  # a batch is never parked whole
        (_ONE, 1, Step.HANDLE),
        (_ONE, 5, Step.HANDLE),
        (_ONE, 6, Step.PARK),
        (_TELL, 50, Step.HANDLE),  # it holds no photo that could end a process
        (_TELL, 51, Step.PARK),
    ],
)
def test_the_next_step(message: Message, attempts: int, step: Step) -> None:
    """New: handle. Met before and divisible: split. Tried too often in vain: park."""
    taken = Taken(id=1, message=message, attempts=attempts, vendor="", owner="")
    assert next_step(taken, 5) is step


def test_only_batches_have_halves() -> None:
    """What tells of one thing can't be split."""
    assert [part.photo_ids for part in halves(_BATCH) if isinstance(part, PhotosReceived)] == [(1,), (2, 3)]
    assert halves(_ONE) == halves(_TELL) == ()


def test_an_error_is_told_with_its_place() -> None:
    """What a person reads beside a parked message: the kind of error, its text, and where it arose."""
    with pytest.raises(ValueError, match="no") as caught:
        int("no")
    assert told(caught.value).startswith("ValueError: invalid literal")
    assert "(test_hand.py:" in told(caught.value)
