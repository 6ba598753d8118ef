"""What `pictureday demo` shows: a sample district, drawn portraits, and deliveries as vendors make them.

In: a client of a vendor's inbox, in a folder or in a bucket. Out: files as real clients write them, and what must
become of each. Guaranteed: nothing here is a real person; the same seed draws the same bytes; nothing needs a
network but the S3 server that it is given.
"""

from __future__ import annotations

from pictureday.demo.deliveries import Expected, attack_zip, bad_folder, clean_zip, indexed_folder, loose_files
from pictureday.demo.district import DISTRICT, District, write_roster
from pictureday.demo.portraits import portrait
from pictureday.demo.story import DeliveryLine, Place, SchoolLine, Summary, print_summary, progress
from pictureday.demo.uploads import BucketClient, Client, FolderClient

__all__ = [
    "DISTRICT",
    "BucketClient",
    "Client",
    "DeliveryLine",
    "District",
    "Expected",
    "FolderClient",
    "Place",
    "SchoolLine",
    "Summary",
    "attack_zip",
    "bad_folder",
    "clean_zip",
    "indexed_folder",
    "loose_files",
    "portrait",
    "print_summary",
    "progress",
    "write_roster",
]
