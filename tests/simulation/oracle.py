"""What must hold when a run has come to rest, worked out from what was dropped and not from how it was handled."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

import sync.tables
from pictureday.catalogue import tables
from tests.simulation.clients import Clients
from tests.simulation.crew import Crew
from tests.simulation.ground import CODES, Ground

__all__ = ["Oracle"]

_IN = {"accepted", "applied", "replaced", "held"}  # a receipt need not tell these apart
_NEVER = {"received", "accepted"}
_STANDING = {"do_not_photograph", "unknown_student", "vendor_not_active", "not_granted"}


class Oracle:
    """Compares a finished run with what its clients dropped."""

    def __init__(self, ground: Ground, clients: Clients, crew: Crew) -> None:
        self._ground = ground
        self._clients = clients
        self._crew = crew
        self._files = ground.rows(tables.files)
        self._deliveries = ground.rows(tables.deliveries)

    def complaints(self) -> list[str]:
        """Everything that does not hold."""
        checks = (self._each_file_once, self._states, self._deliveries_told, self._receipts, self._newest, self._mails)
        more = (self._reports, self._store, self._no_version_twice, self._judged_again)
        return [complaint for check in (*checks, *more) for complaint in check()]

    def _each_file_once(self) -> Iterator[str]:
        wanted = Counter((one.vendor, one.path, one.sha256) for one in self._clients.dropped)
        found = Counter((row["vendor"], row["path"], row["sha256"]) for row in self._files)
        for key, count in wanted.items():
            if found[key] < count:
                yield f"lost: {key} dropped {count} times, found {found[key]} times"
        for key in found.keys() & wanted.keys():
            if found[key] > wanted[key]:
                yield f"twice: {key} dropped {wanted[key]} times, found {found[key]} times"
        yield from (f"unknown bytes: {row['path']}" for row in self._files if row["sha256"] not in self._clients.known)

    def _states(self) -> Iterator[str]:
        for row in self._files:
            if row["state"] in _NEVER or row["waits"]:
                yield f"unsettled: {row['path']} is {row['state']}"
        for row in self._files:
            if row["state"] in _IN - {"held"} and not (self._is_good(row) and self._was_granted(row)):
                yield f"let in: {row['path']} of {row['vendor']} is {row['state']}"

    def _deliveries_told(self) -> Iterator[str]:
        for row in self._deliveries:
            if row["state"] != "closed" or row["pending"] != 0 or row["told_at"] is None:
                yield f"delivery {row['id']} is {row['state']}, {row['pending']} pending, told {row['told_at']}"

    def _receipts(self) -> Iterator[str]:
        stems = {int(stem.partition("-")[0]): receipt for stem, receipt in self._crew.shelves.receipts.items()}
        for delivery in self._deliveries:
            receipt = stems.get(delivery["id"])
            rows = [row for row in self._files if row["delivery_id"] == delivery["id"]]
            if receipt is None:
                yield f"delivery {delivery['id']} has no receipt"
            elif receipt.totals["files"] != len(rows) or sum(receipt.totals.values()) != 2 * len(rows):
                yield f"receipt {delivery['id']} counts {receipt.totals}, {len(rows)} files"
            else:
                told = Counter((line.path, _as_told(line.state, [])) for line in receipt.lines)
                wanted = Counter((row["path"], _as_told(row["state"], row["findings"])) for row in rows)
                if told != wanted:
                    yield f"receipt {delivery['id']} tells {told}, not {wanted}"

    def _newest(self) -> Iterator[str]:
        stored = {row["student_code"]: row for row in self._ground.rows(sync.tables.photos)}
        families = defaultdict(list)
        for row in self._files:
            families[row["student_code"]].append(row)
        for code in CODES:
            if self._is_simple(code, families[code]):
                good = [row for row in families[code] if self._is_good(row)]
                newest = max(good, key=lambda row: int(row["arrival"]), default=None)
                found = stored[code]["sha256"] if code in stored else None
                if (newest["sha256"] if newest else None) != found:
                    yield f"student {code} has {found} in force, not {newest}"
        yield from self._one_in_force(stored)

    def _one_in_force(self, stored: dict[str, dict[str, Any]]) -> Iterator[str]:
        applied = Counter(row["student_code"] for row in self._files if row["state"] == "applied")
        if any(count > 1 for count in applied.values()) or set(applied) != set(stored):
            yield f"applied {applied}, stored {sorted(stored)}"
        for row in self._files:
            old = stored.get(row["student_code"] or "")
            if old and row["state"] == "superseded" and row["arrival"] > old["arrival"] and not self._gave_way(row):
                yield f"{row['path']} of {row['arrival']} gave way to the older {old['arrival']}"

    def _gave_way(self, row: dict[str, Any]) -> bool:
        # To a newer one that was then held, or to the same bytes sent again.
        later = (one for one in self._files if one["student_code"] == row["student_code"])
        return any(one["arrival"] > row["arrival"] and one["state"] in {"held", "unchanged"} for one in later)

    def _is_simple(self, code: str, family: list[dict[str, Any]]) -> bool:
        # A student whose photos were all allowed at the end, and none of whom a flag or a doubt held back.
        student = next(row for row in self._ground.rows(tables.students) if row["code"] == code)
        if not student["enrolled"] or student["do_not_photograph"]:
            return False
        told = {finding["code"] for row in family for finding in row["findings"] if row["state"] == "quarantined"}
        return not told & (_STANDING | {"ambiguous"}) and not any(row["state"] == "held" for row in family)

    def _is_good(self, row: dict[str, Any]) -> bool:
        data = self._crew.blobs.found(row["sha256"], row["place"])
        return (
            bool(row["student_code"]) and b":good:" in data and data.endswith(b"\xff\xd9") and data[:2] == b"\xff\xd8"
        )

    def _was_granted(self, row: dict[str, Any]) -> bool:
        # At some time; whether at the right one, only the verdict knows.
        granted = {(grant["vendor"], grant["school_code"]) for grant in self._ground.rows(tables.grants)}
        return (row["vendor"], CODES[row["student_code"]]) in granted

    def _mails(self) -> Iterator[str]:
        mails = {row["message_id"]: row for row in self._ground.rows(tables.mails)}
        got = self._crew.mailbox.got
        if set(mails) != set(got):
            yield f"mails {sorted(set(mails) ^ set(got))} are on record or sent, not both"
        for name, count in got.items():
            if count > 1 and name not in self._crew.mailbox.excused:
                yield f"mail {name} was sent {count} times"
        if not self._ground.clock.stepped:
            yield from self._hours(mails.values())

    def _hours(self, mails: Any) -> Iterator[str]:
        made = defaultdict(list)
        for row in mails:
            if row["kind"] == "report":
                made[row["school_code"]].append(row["created_at"])
        for school, times in made.items():
            times.sort()
            if any(later - sooner < timedelta(hours=1) for sooner, later in pairwise(times)):
                yield f"school {school} got more than one mail an hour"

    def _reports(self) -> Iterator[str]:
        reports = self._ground.rows(tables.reports)
        yield from (f"report {row['id']} has no mail" for row in reports if row["mail_id"] is None)
        latest = {(row["delivery_id"], row["school_code"]): row for row in reports}
        told = {item["photo_id"] for row in latest.values() for item in row["content"]["items"]}
        waiting = {row["id"] for row in self._files if row["state"] in {"quarantined", "unfinished"}}
        if told != waiting:
            yield f"reports tell of {sorted(told - waiting)} and not of {sorted(waiting - told)}"

    def _store(self) -> Iterator[str]:
        ledger = self._ground.rows(sync.tables.ledger)
        photos, history = self._ground.rows(sync.tables.photos), self._ground.rows(sync.tables.history)
        entered = Counter(row["photo_id"] for row in ledger if row["outcome"] == "applied")
        if entered != Counter(row["photo_id"] for row in (*photos, *history)):
            yield f"the ledger says {entered}"
        for state, rows in (("applied", photos), ("replaced", history)):
            if {row["id"] for row in self._files if row["state"] == state} != {row["photo_id"] for row in rows}:
                yield f"the store disagrees about what is {state}"
        yield from (
            f"stored bytes of {row['photo_id']} differ"
            for row in (*photos, *history)
            if sha256(row["photo"]).hexdigest() != row["sha256"]
        )

    def _no_version_twice(self) -> Iterator[str]:
        arrivals = defaultdict(list)
        for row in (*self._ground.rows(sync.tables.photos), *self._ground.rows(sync.tables.history)):
            arrivals[row["student_code"], row["sha256"]].append(row["arrival"])
        for (code, data), times in arrivals.items():
            others = [row["arrival"] for row in self._files if row["student_code"] == code and row["sha256"] != data]
            times.sort()
            for sooner, later in pairwise(times):
                if not any(sooner < other < later for other in others):
                    yield f"the same bytes of {code} are two versions, {sooner} and {later}"

    def _judged_again(self) -> Iterator[str]:
        students = {row["code"]: row for row in self._ground.rows(tables.students)}
        grants = [row for row in self._ground.rows(tables.grants) if row["revoked_at"] is None]
        given = {(row["vendor"], row["school_code"]) for row in grants}
        for row in self._files:
            codes = {finding["code"] for finding in row["findings"]}
            if row["state"] != "quarantined" or not codes or codes - _STANDING or not row["student_code"]:
                continue
            student = students[row["student_code"]]
            holds = student["do_not_photograph"] or not student["enrolled"]
            if not holds and (row["vendor"], student["school_code"]) in given:
                yield f"{row['path']} waits for {codes}, and nothing of it is so any more"


def _as_told(state: str, findings: list[dict[str, Any]]) -> str:
    # A vendor without a grant is not told that the student's photo came from another one.
    if state == "resolved" and any(finding["code"] == "not_granted" for finding in findings):
        return "quarantined"
    return "in" if state in _IN else state
