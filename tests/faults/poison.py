"""A photo that kills whoever reads it: the process is ended by the kernel, as by a bug in a decoder's C code.

Python loads `sitecustomize` at its start; ours listens to what files are opened, and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["poisoned"]

_LISTENER = """
import os, signal, sys

def _listen(event, given):
    if event == "open" and str(given[0]).endswith(os.environ["POISON"]):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(_listen)
"""


def poisoned(folder: Path, sha256: str) -> Mapping[str, str]:
    """The environment of a program that dies as soon as it opens this blob; `folder` holds what is needed for it."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_LISTENER, encoding="ascii")
    return {"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}", "POISON": f"{sha256[:2]}/{sha256[2:]}"}
