"""Messages: small, frozen, and strict about what they decode."""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictureday.messages import (
    DeliveryToTell,
    Message,
    PhotoAccepted,
    PhotoQuarantined,
    PhotosReceived,
    decode,
    encode,
)

_IDS = st.lists(st.integers(min_value=1, max_value=2**63 - 1)).map(tuple)
_MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(PhotosReceived, photo_ids=_IDS, again=st.booleans()),
    st.builds(DeliveryToTell, delivery_id=st.integers(min_value=1)),
    st.builds(PhotoAccepted, photo_ids=_IDS),
    st.builds(PhotoQuarantined, photo_ids=_IDS),
)


@given(_MESSAGES)
def test_a_message_comes_back_as_it_was_said(message: Message) -> None:
    """Decoding undoes encoding, for every kind."""
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"kind":"Unknown"}',
        '{"kind":[]}',
        '{"kind":"DeliveryToTell"}',
        '{"kind":"DeliveryToTell","delivery_id":"1"}',
        '{"kind":"DeliveryToTell","delivery_id":true}',
        '{"kind":"DeliveryToTell","delivery_id":1.0}',
        '{"kind":"DeliveryToTell","delivery_id":1,"more":1}',
        '{"kind":"PhotoAccepted","photo_ids":1}',
        '{"kind":"PhotoAccepted","photo_ids":["1"]}',
        '{"kind":"PhotoAccepted","photo_ids":[true]}',
        '{"kind":"PhotosReceived","photo_ids":[1],"again":1}',
    ],
)
def test_what_we_could_not_have_said_is_refused(text: str) -> None:
    """A field too many, too few or of another type is an error here and not two stages later."""
    with pytest.raises(ValueError, match=r".+"):
        decode(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_no_json_makes_decoding_fail_in_another_way(value: object) -> None:
    """Whatever stands in a message, decoding it gives a message or a `ValueError`."""
    for body in (value, {"kind": value}, {"kind": "PhotoAccepted", "photo_ids": value}):
        with suppress(ValueError):
            decode(json.dumps(body))


@given(st.lists(st.integers(min_value=1), min_size=2).map(tuple), st.booleans())
def test_the_halves_of_a_batch_are_the_batch(ids: tuple[int, ...], again: bool) -> None:
    """Splitting loses no photo and doubles none, and both parts are smaller."""
    first, second = PhotosReceived(photo_ids=ids, again=again).halves()
    assert first.photo_ids + second.photo_ids == ids
    assert 0 < len(first.photo_ids) < len(ids)
    assert first.again is second.again is again


def test_one_photo_cannot_be_split() -> None:
    """The splitting of a batch that fails comes to an end."""
    assert PhotosReceived(photo_ids=(1,)).halves() == ()


def test_a_message_cannot_be_changed() -> None:
    """What was said stays said."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        DeliveryToTell(delivery_id=1).delivery_id = 2  # type: ignore[misc]  # that is what must fail
