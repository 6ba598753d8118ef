"""`python -m bench.model`: photos a second for more hosts than one machine can play.

A simulation of batches that wait for a server at each station, in the order they come: the relay's limit for one
vendor, the ingester of an inbox, a hand of a validator, its bucket's answers, its cores, the cores of the database.
What it is given was measured on one machine (`bench.hosts`); what it says of more machines is a model.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pictureday.messages import BATCH

__all__ = ["Costs", "Hosts", "rate"]

_BATCHES = 4_000
_ANSWER = 0.03  # seconds for one request to S3 from within its region, as commonly seen


@dataclass(frozen=True, kw_only=True)
class Costs:
    """CPU seconds that a photo costs at each station, and the seconds that a bucket takes to answer a request."""

    ingest: float
    validate: float
    database: float
    request: float = 0.0  # none where blobs are in a folder


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """What there is: inboxes, each with an ingester; validator hosts and their cores; cores of the database."""

    inboxes: int = 1
    validators: int = 1
    cores: int = 4
    database: int = 4
    vendors: int = 10  # that deliver at the same time
    outstanding: int = 4  # batches of one vendor that are on their way (`bus.vendor_outstanding`)
    hands: int = 2  # batches that one validator has at once
    requests: int = 32  # that it has open at a time


class _Station:
    """Some servers alike; whoever comes is served by the first that is free."""

    def __init__(self, servers: int) -> None:
        self._free = [0.0] * servers

    def served(self, at: float, seconds: float) -> float:
        """When somebody who comes at `at` has been served."""
        begins = max(at, heapq.heappop(self._free))
        heapq.heappush(self._free, begins + seconds)
        return begins + seconds


def rate(costs: Costs, hosts: Hosts, batches: int = _BATCHES) -> float:
    """Photos a second in the long run, all vendors having more to deliver."""
    ingest, database = _Station(hosts.inboxes), _Station(hosts.database)
    cores = _Station(hosts.validators * hosts.cores)
    requests = BATCH * costs.request / hosts.requests  # each photo is read once; its rendition is pieces of it
    hands = [0.0] * (hosts.validators * hosts.hands)
    under_way: list[list[float]] = [[0.0] * hosts.outstanding for _ in range(hosts.vendors)]
    ends: list[float] = []
    for number in range(batches):
        vendor = under_way[number % hosts.vendors]
        entered = ingest.served(heapq.heappop(vendor), BATCH * costs.ingest)
        begun = max(entered, heapq.heappop(hands)) + requests
        judged = max(cores.served(begun, BATCH * costs.validate / hosts.cores) for _ in range(hosts.cores))
        ended = database.served(judged, BATCH * costs.database)
        heapq.heappush(hands, ended)
        heapq.heappush(vendor, ended)
        ends.append(ended)
    ends.sort()
    half = len(ends) // 2
    return BATCH * half / (ends[-1] - ends[-1 - half])


def _rows(costs: Costs) -> Iterator[str]:
    far = replace(costs, request=_ANSWER)
    columns = {
        "blobs in a folder": (costs, Hosts()),
        "blobs in S3": (far, Hosts()),
        "and 4 inboxes": (far, Hosts(inboxes=4, vendors=40)),
        "and a database of 16 cores": (far, Hosts(inboxes=4, vendors=40, database=16)),
        "one vendor alone, in S3": (far, Hosts(vendors=1)),
    }
    yield "| validator hosts | " + " | ".join(columns) + " |"
    yield "| ---: " * (len(columns) + 1) + "|"
    for validators in (1, 2, 4, 8, 16, 32):
        found = (rate(cost, replace(hosts, validators=validators)) for cost, hosts in columns.values())
        yield f"| {validators} | " + " | ".join(f"{photos:,.0f}" for photos in found) + " |"


def main(argv: list[str]) -> int:
    """Print the table; the arguments are the CPU milliseconds of ingest, validate and database."""
    if len(argv) != 3:
        sys.stderr.write("usage: python -m bench.model INGEST VALIDATE DATABASE  (CPU ms a photo)\n")
        return 2
    ingest, validate, database = (float(word) / 1000 for word in argv)
    for row in _rows(Costs(ingest=ingest, validate=validate, database=database)):
        sys.stdout.write(f"{row}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
