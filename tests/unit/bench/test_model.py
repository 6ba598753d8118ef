"""The model of more hosts: what is slowest decides, and nothing else does."""

from __future__ import annotations

import pytest

from bench.model import Costs, Hosts, main, rate

COSTS = Costs(ingest=0.0002, validate=0.0005, database=0.0001)


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (Hosts(validators=1, cores=1), 1 / 0.0005),  # the validator's one core
        (Hosts(validators=2, cores=1), 2 / 0.0005),
        (Hosts(validators=50), 1 / 0.0002),  # the ingester, of which an inbox has one
        (Hosts(validators=50, inboxes=3), 3 / 0.0002),
        (Hosts(validators=50, inboxes=50, database=2), 2 / 0.0001),  # the database's cores
    ],
)
def test_what_is_slowest_decides(hosts: Hosts, expected: float) -> None:
    """The rate is that of the narrowest station."""
    assert rate(COSTS, hosts) == pytest.approx(expected, rel=0.03)


def test_a_far_bucket_is_waited_for_by_each_hand() -> None:
    """250 requests a batch, 32 at a time, 0.03 s each: a batch in more than a quarter of a second for each hand."""
    far = Costs(ingest=0.0002, validate=0.0005, database=0.0001, request=0.03)
    batch = 250 * 0.03 / 32 + 250 * 0.0005 / 4 + 250 * 0.0001
    assert rate(far, Hosts(validators=1)) == pytest.approx(2 * 250 / batch, rel=0.1)


def test_one_vendor_alone_has_so_many_batches_on_their_way(capsys: pytest.CaptureFixture[str]) -> None:
    """More hosts don't help one vendor; a greater `bus.vendor_outstanding` does."""
    far = Costs(ingest=0.0002, validate=0.0005, database=0.0001, request=0.03)
    few, many = (rate(far, Hosts(vendors=1, validators=30, outstanding=most)) for most in (3, 6))
    assert many == pytest.approx(2 * few, rel=0.1)
    assert main(["0.2", "0.5", "0.1"]) == 0
    assert capsys.readouterr().out.count("\n") == 8
    assert main([]) == 2
