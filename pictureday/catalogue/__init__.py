"""The catalogue: our own SQL database, the truth about deliveries, files, roster, messages and mails.

In: ids and words. Out: rows. Guaranteed: a state change and the message that tells of it are one
transaction (design, 5.1); a database that is away is an `Outage`, never a lost file.
"""

from __future__ import annotations

from pictureday.catalogue.database import Catalogue

__all__ = ["Catalogue"]
