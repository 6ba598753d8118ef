"""Rationing: what a vendor's quota lets in now, and the word to the vendor and to ops where it doesn't."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from ingest.admission import Admission
from ingest.placing import place_of
from ingest.quota import Admitted, Load, Quota, Short, Used, admit
from pictureday.catalogue import Catalogue, deliveries, intakes
from pictureday.config import Ingest
from pictureday.names import base_name, shown
from pictureday.reasons import Finding

__all__ = ["Rationing", "quota_of"]

_DAY = timedelta(hours=24)  # a quota that is used up all day long is told once a day
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_RECEIPTS = 100  # of one vendor about what is not taken
_ENOUGH = 0.9  # of the photos without a verdict: below that, there is room for more than a handful


class Rationing:
    """The quotas of one inbox's vendors. `zone` is that of the times people read."""

    def __init__(self, url: str, catalogue: Catalogue, quota: Quota, admission: Admission, zone: tzinfo) -> None:
        self._url = url
        self._catalogue = catalogue
        self._quota = quota
        self._admission = admission
        self._zone = zone
        self._told: dict[tuple[str, str, str], datetime] = {}  # so that the database is asked once

    def admit(self, vendor: str, loads: Sequence[Load]) -> Admitted:
        """What may be taken now; the vendor and ops are told, once, of what may not."""
        with self._catalogue.read() as tx:
            files, size, until = intakes.within_a_day(tx, vendor)
            pending = intakes.pending(tx, vendor, most=self._quota.pending)
        admitted = admit(loads, Used(files=files, bytes=size, pending=pending), self._quota)
        for short in admitted.short:
            self._tell_short(vendor, short, until or datetime.now(UTC) + _DAY)
        for load in admitted.larger:
            self._tell_larger(vendor, load)
        return admitted

    def is_full(self, vendor: str, *, share: float = 1.0) -> bool:
        """Whether so many photos of a vendor wait for a verdict that no more may come in."""
        most = self._quota.pending
        with self._catalogue.read() as tx:
            return intakes.pending(tx, vendor, most=int(most * share)) >= most * share

    def is_still_full(self, vendor: str) -> bool:
        """The same of one that was full: until a part of them is judged, so that it isn't asked after each photo."""
        return self.is_full(vendor, share=_ENOUGH)

    def turn_away(
        self, vendor: str, finding: Finding, *, kind: str, name: str, text: str, since: datetime = _EVER
    ) -> None:
        """Tell a vendor by a receipt, and ops by `text`, of what is not taken; once since then."""
        now = datetime.now(UTC)
        key = (vendor, name, _matter(finding))
        if key in self._told and self._told[key] > since:
            return
        if key not in self._told and sum(who == vendor for who, *_ in self._told) >= _RECEIPTS:
            # A million of these would be as bad as a million files; ops know that there are more.
            self._admission.note(f"quota:{self._url}:{vendor}:more", f"Vendor {vendor} has more of these. {text}")
            return
        with self._catalogue.write() as tx:
            told = deliveries.turned_away(tx, inbox=self._url, vendor=vendor, name=name, since=since)
            new = _matter(finding) not in map(_matter, told)
            if new:
                deliveries.turn_away(tx, inbox=self._url, vendor=vendor, kind=kind, name=name, finding=finding)
        if new:
            self._admission.note(f"quota:{self._url}:{vendor}:{now:%Y%m%d%H%M%S}:{finding.code}", text, kind="quota")
        self._told[key] = now

    def _tell_short(self, vendor: str, short: Short, until: datetime) -> None:
        again = f"{until.astimezone(self._zone):%Y-%m-%d %H:%M %Z}"
        facts = vars(short) | {"again": again, "setting": f"vendor_{short.what}"}
        text = (
            f"Vendor {vendor} has used up its quota of {short.most:,} {short.what} within 24 hours (ingest.vendor_"
            f"{short.what}). What is left waits in its inbox, until {again} at least, and is taken by itself."
        )
        self.turn_away(
            vendor,
            Finding(code="over_quota", facts=facts),
            kind="loose",
            name="",
            text=text,
            since=datetime.now(UTC) - _DAY,
        )

    def _tell_larger(self, vendor: str, load: Load) -> None:
        what = "bytes" if load.bytes > self._quota.bytes else "files"
        most, found = getattr(self._quota, what), getattr(load, what)
        facts = {"file": shown(base_name(load.path)), "what": what, "found": found, "most": most}
        finding = Finding(code="larger_than_quota", facts=facts | {"setting": f"vendor_{what}"})
        text = (
            f"A file of vendor {vendor} has {found:,} {what}, more than ingest.vendor_{what} allows for a whole day"
            f" ({most:,}). It stays in the inbox and is not taken."
        )
        kind = place_of(load.path).kind
        self.turn_away(vendor, finding, kind=kind, name=load.path, text=text)


def quota_of(settings: Ingest) -> Quota:
    """The quotas, from the settings."""
    return Quota(files=settings.vendor_files, bytes=settings.vendor_bytes, pending=settings.vendor_pending)


def _matter(finding: Finding) -> str:
    # What it is about, without the numbers that change from look to look.
    facts = finding.facts
    return f"{finding.code} {facts.get('what', '')} {facts.get('found', '')} {facts.get('folder', '')}"
