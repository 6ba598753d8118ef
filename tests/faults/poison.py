"""A photo that kills whoever reads it, as a bug in C code does, and one next to it that takes its time.

Python loads `sitecustomize` at its start; ours listens to what files are opened, and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["poisoned"]

_LISTENER = """
import os, signal, sys, time

def _listen(event, given):
    if event == "open" and str(given[0]).endswith(os.environ["POISON"]):
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "open" and str(given[0]).endswith(os.environ["SLOW"]):
        time.sleep(1)

sys.addaudithook(_listen)
"""


def poisoned(folder: Path, sha256: str, *, slow: str) -> Mapping[str, str]:
    """The environment of a program that dies as soon as it opens this blob, and opens the `slow` one in a second.

    `folder` holds what is needed for it.
    """
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_LISTENER, encoding="ascii")
    names = {"POISON": _name(sha256), "SLOW": _name(slow)}
    return {"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}", **names}


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:]}"
