"""Publish: what became of a delivery, to whoever has to know.

In: `DeliveryToTell`, once a delivery is complete or something in it changed. Out: a receipt on the vendor's
shelf (CSV and JSON), a report for each school and one for the operators, gathered into mails. Guaranteed:
the receipt's totals add up to the files that were dropped; each report is told once, by a mail that is kept
until the mail server has said 250; nobody is told what is none of its business (design, section 6).
"""

from __future__ import annotations

from publish.quarantine import Decision, reject, release, retry
from publish.worker import Publisher

__all__ = ["Decision", "Publisher", "reject", "release", "retry"]
