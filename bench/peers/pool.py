"""watchdog, a pool of threads, Pillow and SQLite: one transaction a photo."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.peers.job import judge
from bench.peers.watch import watch

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    pool = ThreadPoolExecutor(2 * len(os.sched_getaffinity(0)))
    watch(folder / "inbox", lambda name: pool.submit(judge, folder, name))
