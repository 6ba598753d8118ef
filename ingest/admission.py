"""Who may deliver here: active vendors. What lies in anybody else's folder is left untouched and told to ops, once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from pictureday.catalogue import Catalogue, notices, tables
from pictureday.errors import Outage
from pictureday.log import get_logger
from pictureday.names import shown

__all__ = ["Admission"]

_WHY = {"pending": "is not activated yet", "suspended": "is suspended"}


class Admission:
    """Lets the folders of active vendors through. `where` names the root that they are in, for people."""

    def __init__(self, where: str, catalogue: Catalogue) -> None:
        self._where = where
        self._catalogue = catalogue
        self._noted: set[str] = set()

    def admitted(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that are active vendors; ops are told of the others."""
        names = list(names)
        if not names:
            return []
        table = tables.vendors
        # A vendor's name is plain; a folder's may hold bytes that no database takes.
        query = select(table.c.name, table.c.state).where(table.c.name.in_([shown(name) for name in names]))
        with self._catalogue.read() as tx:
            states = {row.name: row.state for row in tx.execute(query)}
        for name in names:
            if states.get(name) != "active":
                self._tell(name, _WHY.get(states.get(name, ""), "is no vendor we know"))
        return [name for name in names if states.get(name) == "active"]

    def trouble(self, vendor: str, error: Outage) -> None:
        """Tell ops that something of a vendor's can't be used."""
        self.note(f"folder:{vendor}", str(error))

    def note(self, key: str, text: str, *, kind: str = "folder") -> None:
        """Tell ops something, once for each key."""
        if key in self._noted:
            return
        with self._catalogue.write() as tx:
            notices.note(tx, key=key[:255], kind=kind, text=text)
        get_logger().warning("ops_told", kind=kind)
        self._noted.add(key)

    def _tell(self, name: str, why: str) -> None:
        fix = "Its files are left untouched. Add or activate it with `pictureday vendor`, or remove the folder."
        text = f"The folder {shown(name)} in {self._where} {why}. {fix}"
        self.note(f"vendor:{self._where}:{shown(name)}", text, kind="unknown_vendor")
