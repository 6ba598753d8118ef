"""How the interpreter is set for a process that works all day or night: what it has loaded stays, threads wait less."""

from __future__ import annotations

import gc
import sys

from pictureday.heap import keep_freed

__all__ = ["tune"]

# A batch of 250 photos makes some ten thousand objects, and none of them in circles: looking for those after each 700
# cost a thirtieth of all the work.
_OBJECTS = 20_000
# Seconds until a thread gives way. A decoder process that is done waits as long for the thread that feeds it,
# and SQLite's driver gives way at each row.
_TURN = 0.001


def tune() -> None:
    """Do that; call it when the modules are loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS, 20, 20)
    sys.setswitchinterval(_TURN)
    keep_freed()
