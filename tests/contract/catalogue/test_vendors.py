"""Vendors and grants in the catalogue, on either database."""

from __future__ import annotations

import pytest

from pictureday.catalogue import Catalogue, grants, roster, vendors
from pictureday.errors import NotFoundError, UserError


def test_a_vendor_waits_for_the_district(catalogue: Catalogue) -> None:
    """A vendor is pending, then active, then suspended, then active again."""
    with catalogue.write() as tx:
        assert vendors.add(tx, "acme", who="ops") == "pending"
        vendors.activate(tx, "acme", who="ops")
        vendors.suspend(tx, "acme", who="ops")
        vendors.activate(tx, "acme", who="ops")
        assert [row["state"] for row in vendors.list_all(tx)] == ["active"]


def test_steps_that_make_no_sense(catalogue: Catalogue) -> None:
    """A pending vendor can't be suspended, an active one not activated, an unknown one neither."""
    with catalogue.write() as tx:
        vendors.add(tx, "new", who="ops")
        vendors.add(tx, "old", who="ops", active=True)
    for act, name in (
        (vendors.suspend, "new"),
        (vendors.activate, "old"),
        (vendors.activate, "none"),
        (vendors.add, "old"),
    ):
        with pytest.raises(UserError), catalogue.write() as tx:
            act(tx, name, who="ops")


@pytest.mark.parametrize("name", ["", "Acme", ".taken", "..", "a/b", "a b", "-x", "ä", "x" * 64, "a\n"])
def test_a_name_is_a_folder(catalogue: Catalogue, name: str) -> None:
    """A vendor's name becomes a folder, so it can't lead out of the inbox root or into `.taken`."""
    with pytest.raises(UserError, match="can't be called"), catalogue.write() as tx:
        vendors.add(tx, name, who="ops")


def _ready(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        vendors.add(tx, "acme", who="ops", active=True)
        roster.name_schools(tx, {"1101": "Maple", "1202": "Cedar"})


def test_a_grant_counts_until_it_is_revoked(catalogue: Catalogue) -> None:
    """A grant is in force once, can be taken back and given again; the history stays."""
    _ready(catalogue)
    with catalogue.write() as tx:
        grants.add(tx, "acme", "1101", by="principal", who="ops")
        assert grants.in_force(tx, "acme") == {"1101"}
        grants.revoke(tx, "acme", "1101", by="principal", who="ops")
        assert grants.in_force(tx, "acme") == frozenset()
        grants.add(tx, "acme", "1101", by="principal", who="ops")
        assert (len(grants.list_all(tx)), len(grants.list_all(tx, revoked=True))) == (1, 2)


@pytest.mark.parametrize(("vendor", "school", "said"), [("x", "1101", "no vendor x"), ("acme", "9", "no school 9")])
def test_a_grant_between_strangers(catalogue: Catalogue, vendor: str, school: str, said: str) -> None:
    """Both sides of a grant must be known."""
    _ready(catalogue)
    with pytest.raises(NotFoundError, match=said), catalogue.write() as tx:
        grants.add(tx, vendor, school, by="principal", who="ops")


def test_a_grant_twice(catalogue: Catalogue) -> None:
    """A second grant for the same school, or taking back what isn't there, is told."""
    _ready(catalogue)
    with catalogue.write() as tx:
        grants.add(tx, "acme", "1101", by="principal", who="ops")
    with pytest.raises(UserError, match="already"), catalogue.write() as tx:
        grants.add(tx, "acme", "1101", by="principal", who="ops")
    with pytest.raises(NotFoundError, match="no grant in force"), catalogue.write() as tx:
        grants.revoke(tx, "acme", "1202", by="principal", who="ops")
