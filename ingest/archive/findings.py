"""What is wrong with an archive, in the project's reasons; names in it are safe to store and to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pictureday.names import shown
from pictureday.reasons import Finding

__all__ = ["Refusal", "about", "few", "unreadable"]

_FEW = 3


class Refusal(Exception):
    """Nothing more can be told of this archive (or entry): the finding is the end of it. Never leaves the package."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def about(code: str, path: str, **facts: str | int) -> Finding:
    """A finding about the entry at `path`; escaped here, since a NUL or a lone surrogate is no JSON for a database."""
    return Finding(code=code, facts={"entry": shown(path) or "(without a name)", **facts})


def unreadable(fault: str) -> Refusal:
    """The archive as a whole can't be read, because of `fault` (the end of a sentence)."""
    return Refusal(Finding(code="archive_unreadable", facts={"fault": fault}))


def few(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """At most three of each reason and none twice, in order: a hostile zip must not write a long receipt."""
    kept: list[Finding] = []
    told: Counter[str] = Counter()
    for finding in findings:
        if told[finding.code] < _FEW and finding not in kept:
            kept.append(finding)
            told[finding.code] += 1
    return tuple(kept)
