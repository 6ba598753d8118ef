"""Whether this vendor may deliver a photo of this student: pure rules over what roster and grants say."""

from __future__ import annotations

from dataclasses import dataclass

from pictureday.reasons import Finding

__all__ = ["Standing", "judge_standing"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known about student and vendor at the moment of the verdict. None: it could not be known.

    `enrolled`: the roster has the student, and still. `granted`: a principal's grant is in force for the
    vendor at the student's school.
    """

    enrolled: bool | None = None
    do_not_photograph: bool | None = None
    vendor_active: bool | None = None
    granted: bool | None = None


def judge_standing(standing: Standing) -> tuple[Finding, ...]:
    """Everything that stands against the photo, in the order of the rules (design, section 4)."""
    return tuple(Finding(code=code) for code, holds in _against(standing) if holds)


def _against(standing: Standing) -> tuple[tuple[str, bool], ...]:
    return (
        # A student who left the district is unknown to it: no photo of hers may enter MiSiS.
        ("unknown_student", standing.enrolled is False),
        # The family's wish, whoever took the picture.
        ("do_not_photograph", standing.do_not_photograph is True),
        # A vendor that is pending or suspended delivers nothing.
        ("vendor_not_active", standing.vendor_active is False),
        # A grant is given for a school; for an unknown student there is none to ask about.
        ("not_granted", standing.granted is False and standing.enrolled is not False),
    )
