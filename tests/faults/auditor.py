"""The faults' auditor: the client's ledger of what it dropped, set against what became of it.

As Jepsen counts: *attempted* are the files that the vendor dropped whole, *acknowledged* those that a receipt names,
*lost* those that have no state, *duplicated* those that have two; *unexpected* is everything else that an audit from
outside finds (`tests/flow/auditor.py`): a wrong state, a wrong photo in force, bytes that are not those of their
hash, a report that was told twice or never, something left lying.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.figures import Figure
from tests.flow.auditor import Auditor
from tests.flow.district import District
from tests.flow.workload import Dropped

__all__ = ["Ledger", "audit"]


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What a client knows at the end; `unexpected` are sentences."""

    attempted: int
    acknowledged: int
    lost: int
    duplicated: int
    unexpected: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every file has exactly one end, and was told of, and nothing else is wrong."""
        wrong = self.lost or self.duplicated or self.unexpected
        return not wrong and self.acknowledged == self.attempted

    def as_figure(self, what: str) -> Figure:
        """This audit as a line of the closing table."""
        return Figure(
            what=what,
            times=1,
            files=self.attempted,
            lost=self.lost,
            twice=self.duplicated,
            unexpected=len(self.unexpected),
        )


def audit(district: District, dropped: Sequence[Dropped], mails: Iterable[bytes], *, after_a_night: bool) -> Ledger:
    """Audit a district in which all work is done; `mails` are all that arrived."""
    due = Counter(file.key for file in dropped)
    found = Counter((row["vendor"], row["path"], row["sha256"]) for row in district.files())
    lines = Counter(path for vendor in ("acme", "other") for path in _told(district, vendor))
    return Ledger(
        attempted=due.total(),
        acknowledged=(Counter((file.vendor, file.path) for file in dropped) & lines).total(),
        lost=(due - found).total(),
        duplicated=(found - due).total(),
        unexpected=tuple(Auditor(district, dropped, mails).troubles(after_a_night=after_a_night)),
    )


def _told(district: District, vendor: str) -> list[tuple[str, str]]:
    return [(vendor, line["path"]) for receipt in district.receipts(vendor) for line in receipt["files"]]
