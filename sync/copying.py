"""Many new rows at once: PostgreSQL's COPY, in its binary form, which spares a statement for each row.

Photos are nearly all of what a night sends; as values of an INSERT each costs twice what it costs as a line of a COPY.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, String, Table, insert
from sqlalchemy.exc import DBAPIError

__all__ = ["add"]


def add(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all with the same keys, that are not there yet. Raises `DBAPIError`, as any other statement does."""
    if not rows:
        return
    if tx.dialect.name == "postgresql":
        _copy(tx, [column for column in table.columns if column.name in rows[0]], rows)
    else:
        tx.execute(insert(table), rows)


def _copy(tx: Connection, columns: Sequence[Column[Any]], rows: Sequence[Mapping[str, Any]]) -> None:
    names = [column.name for column in columns]
    statement = f"COPY {columns[0].table} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
    values, driver = itemgetter(*names), tx.dialect.loaded_dbapi
    raw: Any = tx.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([_type(tx, column) for column in columns])
            for row in rows:
                copy.write_row(values(row))
    except driver.Error as error:
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True, dialect=tx.dialect
        ) from error


def _type(tx: Connection, column: Column[Any]) -> str:
    # A text of limited length has the same form as any other.
    return "text" if isinstance(column.type, String) else column.type.compile(tx.dialect).lower()
