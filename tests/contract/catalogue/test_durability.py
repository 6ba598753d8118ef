"""What is committed is on disk, unless it was said that it need not be."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection, text

from pictureday.catalogue import Catalogue


def durability(tx: Connection) -> str:
    """How this transaction's commit will be synced, in the words of the database."""
    sqlite = tx.dialect.name == "sqlite"
    return str(tx.execute(text("PRAGMA synchronous" if sqlite else "SHOW synchronous_commit")).scalar_one())


def test_only_a_fleeting_transaction_is_not_waited_for(catalogue: Catalogue) -> None:
    """And none after it, on the same connection: neither after it was committed nor after it was undone."""
    full, fleeting = ("2", "1") if catalogue.is_sqlite else ("on", "off")
    for fails in (False, True):
        with catalogue.write() as tx:
            assert durability(tx) == full
        with suppress(ZeroDivisionError), catalogue.write(fleeting=True) as tx:
            assert durability(tx) == fleeting
            assert 1 / (not fails)
        with catalogue.read() as tx:
            assert durability(tx) == full
        with catalogue.write() as tx:
            assert durability(tx) == full
