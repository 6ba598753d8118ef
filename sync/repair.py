"""What the ledger knows and the catalogue does not: photos of a night that was cut short between two commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from pictureday.catalogue import deliveries, tables
from pictureday.log import get_logger
from pictureday.messages import FileState
from sync import records
from sync.plan import former, newest
from sync.store import LedgerRow, MisisStore, Outcome
from sync.tally import Tally

__all__ = ["catch_up"]

_log = get_logger()
_KNOWN = (FileState.APPLIED, FileState.REPLACED)


@dataclass(frozen=True, kw_only=True)
class _Behind:
    """A photo that the store has, and that the catalogue does not call applied."""

    id: int
    delivery_id: int
    student_code: str
    state: str
    rendition: str


def catch_up(tx: Connection, store: MisisStore, rows: Sequence[LedgerRow]) -> Tally:
    """Make the catalogue agree with these lines of the ledger. A photo whose stored bytes differ is left as it is."""
    lines = {row.photo_id: row for row in rows if row.outcome is Outcome.APPLIED}
    maybe = _behind(tx, lines)
    if not maybe:
        return Tally()
    told = deliveries.lock(tx, sorted({photo.delivery_id for photo in maybe}))
    records.students(tx, [photo.student_code for photo in maybe])
    # Read again, now that nobody else can change them.
    behind = _sound(store, _behind(tx, lines), lines)
    for at in {lines[photo.id].at for photo in behind}:
        records.set_applied(tx, [photo.id for photo in behind if lines[photo.id].at == at], at)
    _replace(tx, [photo.student_code for photo in behind])
    records.tell_again(tx, told, [photo.delivery_id for photo in behind if photo.state != FileState.ACCEPTED])
    _log.info("catalogue_caught_up", photos=len(behind))
    return Tally(already=len(behind))


def _behind(tx: Connection, photo_ids: Iterable[int]) -> list[_Behind]:
    files = tables.files
    columns = (files.c[name] for name in _Behind.__dataclass_fields__)
    lag = files.c.id.in_(list(photo_ids)) & files.c.state.not_in(_KNOWN)
    return [_Behind(**row) for row in tx.execute(select(*columns).where(lag)).mappings()]


def _sound(store: MisisStore, behind: Sequence[_Behind], lines: Mapping[int, LedgerRow]) -> list[_Behind]:
    found = store.read_back(photo.id for photo in behind)
    return [photo for photo in behind if found.get(photo.id) == photo.rendition == lines[photo.id].sha256]


def _replace(tx: Connection, codes: Sequence[str]) -> None:
    in_force = [photo for photo in records.in_force(tx, codes) if photo.applied]
    tops = {code: top.photo_id for code, top in newest(in_force).items()}
    records.set_state(tx, former(in_force, tops), FileState.REPLACED)
