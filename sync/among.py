"""Rows whose column has one of many values, all of them in one parameter.

With a parameter for each, the statement is written, parsed and planned anew for every number of values; for a batch
of photos that takes longer than finding the rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Integer, String, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

__all__ = ["among"]


def among(tx: Connection, column: Column[Any], values: Iterable[int] | Iterable[str]) -> ColumnElement[bool]:
    """Whether `column`, of whole numbers or of text, has one of `values`."""
    found = list(values)
    if tx.dialect.name == "postgresql":
        one = BigInteger if isinstance(column.type, Integer) else String
        return column == any_(literal(found, ARRAY(one)))
    return column.in_(select(func.json_each(json.dumps(found)).table_valued("value").c.value))
