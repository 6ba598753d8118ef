"""What a roster file changes: who is added, moved, changed, gone; and whether so many may go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pictureday.catalogue.roster import StudentRow
from pictureday.errors import UserError
from pictureday.roster.records import Flags, RosterFile, Student

__all__ = ["Changes", "Summary", "compare"]


@dataclass(kw_only=True)
class Changes:
    """Rows as they will be. `back` are students who were gone; `left` are codes; `enrolled` is how many there were."""

    added: list[StudentRow] = field(default_factory=list)
    back: list[StudentRow] = field(default_factory=list)
    moved: list[StudentRow] = field(default_factory=list)
    changed: list[StudentRow] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unchanged: int = 0
    enrolled: int = 0
    cleared: list[str] = field(default_factory=list)  # may be photographed again

    def counts(self) -> dict[str, int]:
        """The figures that people and the audit trail read; someone who came back counts as added."""
        return {
            "added": len(self.added) + len(self.back),
            "changed": len(self.changed),
            "moved": len(self.moved),
            "left": len(self.left),
            "unchanged": self.unchanged,
        }

    def updates(self) -> list[StudentRow]:
        """The rows of students who are known and get new values."""
        return [*self.back, *self.moved, *self.changed]

    def to_judge_again(self) -> set[str]:
        """The students whose quarantined photos these changes could clear (design, 5.11)."""
        return {row.code for rows in (self.added, self.back, self.moved) for row in rows} | set(self.cleared)


@dataclass(kw_only=True)
class Summary:
    """What all parts of a roster change together. `enrolled` is how many students there were."""

    counts: Counter[str] = field(default_factory=Counter)
    enrolled: int = 0
    schools: set[str] = field(default_factory=set)  # that new or changed students are at

    def add(self, changes: Changes) -> None:
        """Count one part."""
        self.counts.update(changes.counts())
        self.enrolled += changes.enrolled
        self.schools |= {row.school_code for row in (*changes.added, *changes.updates())}

    @property
    def changes(self) -> bool:
        """Whether anything is to be written."""
        return any(count for what, count in self.counts.items() if what != "unchanged")

    def refuse_great_loss(self, most_dropped: float) -> None:
        """Raise `UserError` where more than the share `most_dropped` of the enrolled students would leave."""
        lost = self.counts["left"]
        if self.enrolled and lost / self.enrolled > most_dropped:
            raise UserError(
                f"This roster would drop {lost:,} of {self.enrolled:,} students ({lost / self.enrolled:.0%});"
                f" more than {most_dropped:.0%} is refused. Nothing was imported.",
                fix="Check that the file is whole. If so many really left, import it again with --force.",
            )


def compare(current: Iterable[StudentRow], roster: RosterFile) -> Changes:
    """What `roster` changes in the `current` students (all of them, also those who left).

    Both may be the students of one and the same range of codes.
    """
    changes = Changes()
    waiting = dict(roster.students)
    for row in current:
        changes.enrolled += row.enrolled
        _sort_known(changes, roster, row, waiting.pop(row.code, None))
    for student in waiting.values():
        # Without a school it is a line of a delta about someone who never was a student here.
        if student.enrolled and student.school_code:
            changes.added.append(_merged(student, None, roster.flags))
    return changes


def _sort_known(changes: Changes, roster: RosterFile, row: StudentRow, student: Student | None) -> None:
    if student is None and roster.delta:
        _sort_listed(changes, row, _with_flags(row, roster.flags))
    elif student is None or not student.enrolled:
        changes.left += [row.code] if row.enrolled else []
    else:
        _sort_listed(changes, row, _merged(student, row, roster.flags))


def _sort_listed(changes: Changes, old: StudentRow, new: StudentRow) -> None:
    if old.do_not_photograph and not new.do_not_photograph:
        changes.cleared.append(new.code)
    if new == old:
        changes.unchanged += old.enrolled
    elif not old.enrolled and new.enrolled:
        changes.back.append(new)
    elif old.school_code != new.school_code:
        changes.moved.append(new)
    else:
        changes.changed.append(new)


def _merged(student: Student, known: StudentRow | None, flags: Mapping[str, Flags] | None) -> StudentRow:
    row = known or StudentRow(student.code, student.school_code, "", "", False, False, True)
    stays = not student.school_code or row.school_code in student.choices
    said = row._replace(
        school_code=row.school_code if stays else student.school_code,
        name=row.name if student.name is None else student.name,
        grade=row.grade if student.grade is None else student.grade,
        enrolled=True,
    )
    return _with_flags(said, flags, photograph=student.do_not_photograph, release=student.no_release)


def _with_flags(
    row: StudentRow, flags: Mapping[str, Flags] | None, *, photograph: bool | None = None, release: bool | None = None
) -> StudentRow:
    listed = flags.get(row.code, Flags()) if flags is not None else None
    return row._replace(
        do_not_photograph=_flag(row.do_not_photograph, photograph, listed.do_not_photograph if listed else None),
        no_release=_flag(row.no_release, release, listed.no_release if listed else None),
    )


def _flag(known: bool, column: bool | None, listed: bool | None) -> bool:
    # It counts wherever it stands; where neither a column nor flags.csv speaks, what is known stays.
    return known if column is None and listed is None else bool(column or listed)
