"""Publish: what became of a delivery, to whoever has to know.

In: `DeliveryToTell`, once a delivery is complete or something in it changed. Out: a receipt on the vendor's
shelf (CSV and JSON), a report for each school and one for the operators, gathered into mails. Guaranteed:
the receipt's totals add up to the files that were dropped; each report is told once, by a mail that is kept
until the mail server has said 250; nobody is told what is none of its business (design, section 6).
"""

from __future__ import annotations

__all__: list[str] = []
