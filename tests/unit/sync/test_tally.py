"""The counts of a night."""

from __future__ import annotations

from sync.tally import Tally


def test_counts_add_up_and_survive_being_stored() -> None:
    """Batches add up; what is stored comes back, and what an older version did not store is 0."""
    tally = Tally(applied=2, replaced=1) + Tally(applied=1, failed=1)
    assert tally == Tally(applied=3, replaced=1, failed=1)
    assert Tally.from_json(tally.as_json()) == tally
    assert Tally.from_json({"applied": 1, "unheard_of": 7}) == Tally(applied=1)


def test_replaced_is_a_part_of_applied() -> None:
    """A photo that took another's place was looked at once."""
    assert Tally(applied=3, replaced=2, held=1).seen == 4
    assert Tally(waiting=5).quiet
