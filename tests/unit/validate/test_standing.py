"""Whether this vendor may deliver a photo of this student."""

from __future__ import annotations

import pytest

from validate import Standing, judge_standing

GOOD = {"enrolled": True, "do_not_photograph": False, "vendor_active": True, "granted": True}


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({}, []),
        ({"enrolled": False, "granted": False}, ["unknown_student"]),
        ({"do_not_photograph": True}, ["do_not_photograph"]),
        ({"vendor_active": False}, ["vendor_not_active"]),
        ({"granted": False}, ["not_granted"]),
        ({"vendor_active": False, "granted": False}, ["vendor_not_active", "not_granted"]),
        (dict.fromkeys(GOOD), []),
        ({**dict.fromkeys(GOOD), "enrolled": False}, ["unknown_student"]),
    ],
)
def test_reasons(changed: dict[str, bool | None], reasons: list[str]) -> None:
    """All that stands against a photo is told; nothing that can't be known, and no grant for an unknown student."""
    assert [finding.code for finding in judge_standing(Standing(**{**GOOD, **changed}))] == reasons
