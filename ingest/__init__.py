"""Ingest: what vendors drop becomes photos in the catalogue.

In: a folder of vendors, `<root>/<vendor>/inbox/…`, written to by anyone at any time. Out: blobs, `files`
rows, `PhotosReceived` messages, and deliveries that close. Guaranteed: a file is taken only when it
settled, exactly once, and out of the vendor's reach before it is read; nothing of a refused archive gets
in; killed anywhere, the next start goes on. What acts is `ingest.worker`; `pictureday check` needs none of it.
"""

from __future__ import annotations

from ingest.archive import Limits, inspect, looks_like_archive
from ingest.inbox import FolderInbox
from ingest.indexes import merge
from ingest.placing import kind_of

__all__ = ["FolderInbox", "Limits", "inspect", "kind_of", "looks_like_archive", "merge"]
