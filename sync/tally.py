"""How many photos of a night went where. It adds up over batches, and over a night that was cut short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

__all__ = ["Tally"]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts of photos. `replaced` is a part of `applied`; all others are disjoint."""

    applied: int = 0  # written into the store
    replaced: int = 0  # of these: took the place of an earlier photo of the student
    already: int = 0  # were in the store from a night that was cut short; the catalogue caught up
    held: int = 0  # the roster changed since they were accepted
    superseded: int = 0  # a newer photo of the student had been accepted or applied
    failed: int = 0  # still accepted: blob missing or damaged, or not read back as written
    waiting: int = 0  # accepted after this night's mark

    def __add__(self, other: Tally) -> Tally:
        theirs = vars(other)
        return Tally(**{name: count + theirs[name] for name, count in vars(self).items()})

    @property
    def quiet(self) -> bool:
        """Whether nothing changed and nothing failed."""
        return self.seen == 0

    @property
    def seen(self) -> int:
        """How many photos were looked at."""
        return self.applied + self.already + self.held + self.superseded + self.failed

    def as_json(self) -> dict[str, int]:
        """The stored form."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, int]) -> Tally:
        """The inverse of `as_json`; what is not in `stored` is 0."""
        return cls(**{field.name: stored.get(field.name, 0) for field in fields(cls)})
