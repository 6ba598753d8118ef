"""Rows whose column has one of many values, all of them in one parameter.

With a parameter for each, the statement is written, parsed and planned anew for every number of values; for a batch
of photos that takes longer than finding the rows. The parameter is one JSON text, for a driver writes a list of values
value by value. A statement for every batch is made once, and run with `wanted`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Text,
    any_,
    bindparam,
    cast,
    func,
    select,
)

__all__ = ["among", "listed", "wanted"]

_NAME = "wanted"


def among(tx: Connection, column: Column[Any], values: Iterable[int] | Iterable[str]) -> ColumnElement[bool]:
    """Whether `column`, of whole numbers or of text, has one of `values`."""
    return _one_of(column, bindparam(None, _as_json(values), Text), tx.dialect.name)


def listed(column: Column[Any], dialect: str) -> ColumnElement[bool]:
    """The same, for a statement that is made once and run often, each time with what `wanted` makes of the values."""
    return _one_of(column, bindparam(_NAME, type_=Text), dialect)


def wanted(values: Iterable[int] | Iterable[str]) -> dict[str, str]:
    """The parameter of a statement that was made with `listed`."""
    return {_NAME: _as_json(values)}


def _as_json(values: Iterable[int] | Iterable[str]) -> str:
    return json.dumps(list(values))


def _one_of(column: Column[Any], values: Any, dialect: str) -> ColumnElement[bool]:
    if dialect != "postgresql":
        return column.in_(select(func.json_each(values).table_valued("value").c.value))
    found: Any = func.json_array_elements_text(cast(values, JSON))
    found = cast(found, BigInteger) if isinstance(column.type, Integer) else found
    # An array, read once before the statement begins: joined with them as with rows, it may read the whole table.
    return column == any_(func.array(select(found).scalar_subquery()))
