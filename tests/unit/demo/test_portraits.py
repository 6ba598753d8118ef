"""Portraits: photos that the district would take, and that are the same every time."""

from __future__ import annotations

import io

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from pictureday.demo.hair import HAIR
from pictureday.demo.looks import look
from pictureday.demo.portraits import picture, portrait
from pictureday.profile import Profile

_ORIENTATION, _MAKE, _GPS = 0x0112, 0x010F, 0x8825


@pytest.mark.parametrize("seed", range(40))
def test_a_portrait_lies_in_the_size_window(seed: int) -> None:
    """Every portrait has a size that the district's profile accepts."""
    profile = Profile()
    assert profile.least_bytes <= len(portrait(seed)) <= profile.most_bytes


@pytest.mark.parametrize(("width", "height"), [(175, 233), (150, 200), (240, 320), (300, 400), (600, 800)])
def test_the_size_window_holds_at_every_usual_shape(width: int, height: int) -> None:
    """Small pictures get a finer quality and big ones a coarser, so that all stay inside the window."""
    data = portrait(11, width, height)
    assert 15_000 <= len(data) <= 30_720
    assert Image.open(io.BytesIO(data)).size == (width, height)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10**9))
def test_a_portrait_is_whole(seed: int) -> None:
    """A strict decoder, for which every warning is an error, finds nothing to complain of, at any seed."""
    data = portrait(seed, 175, 233)
    assert 15_000 <= len(data) <= 30_720
    assert simplejpeg.decode_jpeg(data, strict=True).shape in {(233, 175, 3), (175, 233, 3)}


def test_the_same_seed_draws_the_same_bytes() -> None:
    """A test that fails can be run again with the very same photo."""
    first = portrait(77)
    portrait.cache_clear()
    assert portrait(77) == first


def test_different_seeds_draw_different_students() -> None:
    """No two of two hundred students share one look, whatever the grain does."""
    assert len({look(seed) for seed in range(200)}) == 200


def test_a_sideways_portrait_is_upright_when_shown() -> None:
    """Orientation 6 stores the picture turned; a viewer that honours it shows it as drawn."""
    stored = Image.open(io.BytesIO(portrait(3, sideways=True)))
    assert stored.size == (400, 300)
    assert stored.getexif()[_ORIENTATION] == 6
    shown = np.asarray(ImageOps.exif_transpose(stored), dtype=float)
    assert np.abs(shown - np.asarray(picture(3), dtype=float)).mean() < 8


def test_some_portraits_are_stored_sideways_and_some_know_their_place() -> None:
    """The sample has what real cameras send: a make on all, turned pictures and GPS on some."""
    blocks = [Image.open(io.BytesIO(portrait(seed, 150, 200))).getexif() for seed in range(48)]
    assert all(block[_MAKE] for block in blocks)
    assert 0 < sum(block[_ORIENTATION] == 6 for block in blocks) < 24
    assert 0 < sum(bool(block.get_ifd(_GPS)) for block in blocks) < 24


@pytest.mark.parametrize("style", sorted(HAIR))
def test_every_hair_style_is_worn_by_someone(style: str) -> None:
    """A style that no seed of the sample draws would never be looked at."""
    assert any(look(seed).style == style for seed in range(200))
