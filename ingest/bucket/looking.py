"""Looking into the bucket: what lies there and was never taken. Events are hints, listings the truth (design, 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ingest.bucket.hints import Hint, dropped, same
from ingest.bucket.waiting import WaitingRoom
from ingest.placing import Place
from pictureday.bucketurl import BucketUrl
from pictureday.catalogue import Catalogue, objects
from pictureday.s3 import Bucket, Listed

__all__ = ["Looker", "Sweep"]


class Looker:
    """Compares pages of a listing with the catalogue."""

    def __init__(self, inbox: str, bucket: Bucket, place: BucketUrl, catalogue: Catalogue, room: WaitingRoom) -> None:
        self._inbox = inbox
        self._bucket = bucket
        self._place = place
        self._catalogue = catalogue
        self._room = room

    def vendors(self) -> list[str]:
        """The names of all vendors' folders, known to us or not."""
        return self._bucket.folders(self._place.key(""))

    def pages(self, vendor: str, place: Place | None = None) -> Iterator[list[Listed]]:
        """What lies in a vendor's inbox, or what there is of one delivery, page by page."""
        folder = f"{place.name}/" if place and place.kind == "folder" else ""
        loose = place is not None and place.kind == "loose"
        return self._bucket.pages(self._place.key(vendor, "inbox", folder), flat=loose)

    def untaken(self, page: Iterable[Listed], now: float, *, again: bool = False) -> list[Hint]:
        """Those of a page (of one vendor) that were never taken and need not wait.

        With `again` also those that could not be read before.
        """
        found = {}
        for listed in page:
            where = dropped(self._place, listed.key)
            if where and not self._room.see(*where, listed.print, now, again=again):
                found[where] = listed.print
        if not found:
            return []
        vendor = next(iter(found))[0]
        with self._catalogue.read() as tx:
            taken = objects.taken(tx, self._inbox, vendor, [path for _, path in found])
        return [
            Hint(vendor=vendor, path=path, found=print_)
            for (_, path), print_ in found.items()
            if not same(print_, taken.get(path, ()))
        ]

    def look(self, vendor: str, place: Place, now: float) -> list[Hint]:
        """What there is of one delivery that was never taken: the first page that has any; who waits is set right."""
        seen: list[str] = []
        for page in self.pages(vendor, place):
            if hints := [hint for hint in self.untaken(page, now) if hint.place == place]:
                return hints
            seen += [where[1] for listed in page if (where := dropped(self._place, listed.key))]
        self._room.only(vendor, place, seen)
        return []


class Sweep:
    """One listing of all vendors' inboxes, a page at a time: nothing of it is held but the page."""

    def __init__(self, looker: Looker, admitted: Callable[[list[str]], list[str]], answers: int) -> None:
        self.turned_away: set[str] = set()
        self.answers = answers  # the number of the question that it answers
        self.seen = 0
        self.found = 0
        self.is_over = False
        self._looker = looker
        self._pages = self._all(admitted)

    def next(self, now: float) -> list[Hint]:
        """What the next page has that was never taken. Where this raises, the listing is at its end."""
        page = next(self._pages, None)
        if page is None:
            self.is_over = True
            return []
        return self._looker.untaken(page, now, again=True)

    def _all(self, admitted: Callable[[list[str]], list[str]]) -> Iterator[list[Listed]]:
        there = self._looker.vendors()
        may = admitted(there)
        self.turned_away = set(there) - set(may)
        for vendor in may:
            for page in self._looker.pages(vendor):
                self.seen += len(page)
                yield page
