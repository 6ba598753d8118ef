"""The line to PostgreSQL, when whoever is at one end of it is gone without a word."""

from __future__ import annotations

import pytest

from pictureday.catalogue import Catalogue, engine, vendors
from pictureday.errors import Outage


def test_the_server_soon_asks_whether_we_are_still_there(postgres_url: str) -> None:
    """A host without power says nothing; by its defaults the server would keep its locks for more than two hours."""
    catalogue = Catalogue.open(postgres_url)
    with catalogue.read() as tx:
        names = ("idle", "interval", "count")
        asked = [tx.exec_driver_sql(f"SHOW tcp_keepalives_{name}").scalar() for name in names]
        silent = tx.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
    catalogue.close()
    assert (asked, silent) == (["10", "5", "3"], "1min")


def test_who_says_nothing_in_a_transaction_holds_up_nobody(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its locks are free after a while, and it hears of it: what it did is undone, and tried again."""
    options = str(engine._POSTGRES["options"])
    monkeypatch.setitem(engine._POSTGRES, "options", options.replace("session_timeout=60s", "session_timeout=1s"))
    silent, busy = Catalogue.open(postgres_url), Catalogue.open(postgres_url)
    silent.upgrade()
    with silent.write() as tx:
        vendors.add(tx, "acme", who="test", active=True)

    def waiting() -> None:
        with silent.write() as tx:
            vendors.suspend(tx, "acme", who="silent")
            with busy.write() as other:  # waits for the row until the server has had enough
                vendors.suspend(other, "acme", who="busy")
            vendors.activate(tx, "acme", who="silent")

    with pytest.raises(Outage, match="can't be reached"):
        waiting()
    with busy.read() as tx:
        assert (vendors.find(tx, "acme") or {})["state"] == "suspended"
    silent.close()
    busy.close()
