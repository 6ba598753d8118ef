"""The archive guard in a process of its own, watched: how long each archive takes, and the most memory it ever had.

    python -m tests.hostile.guarding FOLDER

inspects every file in the folder and prints one line of JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from ingest.archive import inspect
from ingest.size import limits_of
from pictureday.config import Ingest

__all__ = ["guarded"]


def guarded(folder: Path) -> tuple[float, int]:
    """The seconds that the slowest archive of `folder` took, and the most memory in bytes."""
    words = [sys.executable, "-m", "tests.hostile.guarding", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    found = json.loads(done.stdout)
    return float(found["slowest"]), int(found["peak"])


def _inspect_all(folder: Path) -> dict[str, float]:
    limits = limits_of(Ingest())
    slowest = 0.0
    for path in sorted(folder.iterdir()):
        began = time.process_time()
        with path.open("rb") as archive:
            inspect(archive, limits)
        slowest = max(slowest, time.process_time() - began)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    return {"slowest": slowest, "peak": int(peak[1]) * 1024}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_inspect_all(Path(sys.argv[1]))))
