"""An inbox in a bucket: what vendors put under `<prefix>/<vendor>/inbox/…` becomes photos in the catalogue.

In: events from a queue, and listings. Out: the same as from a folder. Guaranteed: an event is only a hint; an
object is taken when its bytes are a blob and its drop is committed, once, whatever comes late, twice or not at all;
only then the event is deleted, and only then the object is moved, tagged or deleted, if it is still the same one.
"""

from __future__ import annotations

from ingest.bucket.worker import BucketIngester

__all__ = ["BucketIngester"]
