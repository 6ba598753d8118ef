"""The roster: which students exist, which school each belongs to, and where each one's photo stands.

In: a folder of CSV files (OneRoster 1.1 or 1.2, or plain). Out: the catalogue's roster, and the export with
the status column. Guaranteed: a folder with anything wrong in it changes nothing; a roster that would drop
many students is refused; flags that a file does not speak of stay.
"""

from __future__ import annotations

from pictureday.roster.diff import Changes, Summary, compare
from pictureday.roster.export import HEADER, check_school, export_rows
from pictureday.roster.folder import read_roster
from pictureday.roster.importing import Imported, import_roster
from pictureday.roster.records import Contact, Flags, RosterFile, School, Student
from pictureday.roster.status import Standing, Status, standing

__all__ = [
    "HEADER",
    "Changes",
    "Contact",
    "Flags",
    "Imported",
    "RosterFile",
    "School",
    "Standing",
    "Status",
    "Student",
    "Summary",
    "check_school",
    "compare",
    "export_rows",
    "import_roster",
    "read_roster",
    "standing",
]
