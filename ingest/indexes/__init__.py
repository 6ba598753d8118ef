"""Index files: what a vendor says about which file shows which student.

In: the index files of one delivery, as bytes from a stranger. Out: a `FileMap` from file names to student
codes. Guaranteed: no bytes raise or take long; what can't be read is skipped and counted; a file that is
claimed for two students has no code.
"""

from __future__ import annotations

from ingest.indexes.filemap import FileMap, merge
from ingest.indexes.index import Index, read_index
from ingest.indexes.kinds import is_index

__all__ = ["FileMap", "Index", "is_index", "merge", "read_index"]
