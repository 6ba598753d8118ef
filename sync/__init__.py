"""The nightly sync: accepted photos go into the MiSiS store.

In: photos that the catalogue calls accepted, once a night (or at `pictureday sync --now`). Out: rows of
the store, *applied* (or held, superseded, replaced) in the catalogue, and a letter to the operators.
Guaranteed: one photo in force for each student, the newest; the earlier ones in the history; a second run
writes nothing; a crash at any point costs nothing but time (design, 5.10).
"""

from __future__ import annotations

from sync.nights import Trigger
from sync.scheduler import Calendar, Scheduler
from sync.store import MisisStore
from sync.tally import Tally
from sync.worker import LEASE_SECONDS, Night, SyncRunning

__all__ = ["LEASE_SECONDS", "Calendar", "MisisStore", "Night", "Scheduler", "SyncRunning", "Tally", "Trigger"]
