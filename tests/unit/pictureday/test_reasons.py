"""Reasons: each can be said to anybody, and tells a vendor no more than it may know."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictureday.reasons import ARCHIVE_REASONS, REASONS, Finding, for_vendor


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_is_a_slug_with_two_sentences(code: str) -> None:
    """The code serves as label, field and anchor; message and fix are sentences for people."""
    reason = REASONS[code]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    for text in (reason.message, reason.fix):
        assert text[0].isupper() or text[0] == "{"
        assert text.endswith((".", "}"))


@pytest.mark.parametrize("code", REASONS)
def test_a_sentence_is_whole_without_its_facts(code: str) -> None:
    """A fact that was not given leaves a gap, never a brace or an error."""
    finding = Finding(code=code)
    assert "{" not in finding.message + finding.fix


def test_facts_fill_the_sentence() -> None:
    """Numbers read as people write them."""
    finding = Finding(code="too_small", facts={"bytes": 12003, "least": 15000})
    assert finding.message == "The file has 12,003 bytes; at least 15,000 are needed."


def test_a_hostile_fact_stays_a_fact() -> None:
    """A name in a sentence can neither break the line nor ask for another fact."""
    finding = Finding(code="archive_link", facts={"entry": "{most}\n\u202ex", "most": 7})
    assert finding.message == "The entry {most}\\n\\u202ex is a link or a device."


def test_an_unknown_reason_is_refused() -> None:
    """No verdict can carry a reason that has no sentence."""
    with pytest.raises(ValueError, match="no reason 'sorry'"):
        Finding(code="sorry")
    with pytest.raises(ValueError, match="no reason"):
        Finding.from_json({"code": "sorry", "facts": {}})


@given(st.sampled_from(sorted(REASONS)), st.dictionaries(st.text(), st.text() | st.integers()))
def test_a_finding_survives_being_stored(code: str, facts: dict[str, str | int]) -> None:
    """What is stored as JSON comes back the same."""
    finding = Finding(code=code, facts=facts)
    assert Finding.from_json(json.loads(json.dumps(finding.as_json()))) == finding


def test_a_vendor_cannot_tell_a_wrong_code_from_a_missing_grant() -> None:
    """Whether a student exists is none of a vendor's business."""
    assert for_vendor([Finding(code="unknown_student")]) == for_vendor([Finding(code="not_granted")])


def test_a_vendor_is_not_told_who_must_not_be_photographed() -> None:
    """The flag reads as *not for this delivery*."""
    told = for_vendor([Finding(code="do_not_photograph")])
    assert [finding.code for finding in told] == ["not_for_this_delivery"]


def test_a_vendor_hears_everything_else_once_and_in_order() -> None:
    """What the vendor can mend stays as it is."""
    findings = [Finding(code="empty"), Finding(code="unknown_student"), Finding(code="not_granted")]
    assert [finding.code for finding in for_vendor(findings)] == ["empty", "not_granted"]


def test_archive_reasons_are_known_by_their_name() -> None:
    """A reason that refuses a whole archive says so in its slug."""
    assert {code for code in REASONS if code.startswith("archive_")} == ARCHIVE_REASONS
