"""What was found out about files by reading them, for as long as they look the same: none is read twice for nothing."""

from __future__ import annotations

from collections.abc import Container
from typing import Generic, TypeVar

from ingest.settle import Sight

__all__ = ["Memory"]

_T = TypeVar("_T")


class Memory(Generic[_T]):
    """One finding for each path. A sight that a look gave anew, because anything about the file changed, has none."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Sight, _T]] = {}

    def get(self, sight: Sight) -> _T | None:
        """What was found out about this very sight; None where nothing was."""
        found = self._found.get(sight.path)
        return found[1] if found is not None and found[0] is sight else None

    def keep(self, sight: Sight, finding: _T) -> _T:
        """Remember it, and hand it on."""
        self._found[sight.path] = sight, finding
        return finding

    def keep_only(self, paths: Container[str]) -> None:
        """Forget what is not among `paths`: it is gone."""
        for path in [path for path in self._found if path not in paths]:
            del self._found[path]
