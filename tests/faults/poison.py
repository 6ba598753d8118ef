"""A photo that kills whoever reads it, as a bug in C code does, and one next to it that takes its time.

Python loads `sitecustomize` at its start; ours sees which photos are read from the blobs, and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["poisoned"]

_LISTENER = """
import os, signal, time
from pictureday.blobs import folder

def _checked(sha256, part, stream, read=folder._checked):
    if sha256 == os.environ["POISON"]:
        os.kill(os.getpid(), signal.SIGKILL)
    if sha256 == os.environ["SLOW"]:
        time.sleep(1)
    return read(sha256, part, stream)

folder._checked = _checked
"""


def poisoned(folder: Path, sha256: str, *, slow: str) -> Mapping[str, str]:
    """The environment of a program that dies as soon as it reads this photo, and reads the `slow` one in a second.

    `folder` holds what is needed for it.
    """
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_LISTENER, encoding="ascii")
    return {"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}", "POISON": sha256, "SLOW": slow}
