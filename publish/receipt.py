"""The receipt: the ledger of one delivery, back to the vendor. Each file, one state, totals that add up.

It says nothing but what the vendor sent and may know (design, section 6), and nothing about when it was
written, so the same delivery always makes the same bytes.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pictureday.messages import FileState
from pictureday.names import shown, student_code
from pictureday.reasons import Finding, for_vendor
from pictureday.sheet import write_rows

__all__ = ["Line", "Receipt", "build", "file_stem"]

HEADER = ("path", "state", "student_code", "reasons", "messages", "fixes")
# Reasons of a photo that got in after all, or gave way to a newer one, have nothing to say any more.
_SETTLED = frozenset({FileState.ACCEPTED, FileState.APPLIED, FileState.REPLACED, FileState.SUPERSEDED, FileState.HELD})
# A photo that the roster holds back after it was accepted is no news to the vendor: why, is not its business.
_VENDOR_READS = {FileState.HELD: FileState.ACCEPTED}
_LONGEST_PATH = 4096  # what Linux allows; nothing of a vendor's own path is cut


@dataclass(frozen=True, kw_only=True)
class Line:
    """One dropped file as its vendor may read it."""

    path: str
    state: str
    student_code: str
    reasons: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What goes back to the vendor about one delivery."""

    header: Mapping[str, Any]
    lines: tuple[Line, ...]

    @property
    def totals(self) -> dict[str, int]:
        """`files`, and how many of them are in each state: these add up to `files`."""
        counted = Counter(line.state for line in self.lines)
        return {"files": len(self.lines), **{state.value: counted[state] for state in FileState if counted[state]}}

    def as_json(self) -> bytes:
        """The whole receipt. Bytes of a path that are no UTF-8 appear as surrogate escapes."""
        files = [asdict(line) | {"reasons": _told(line.reasons)} for line in self.lines]
        whole = {**self.header, "totals": self.totals, "files": files}
        return json.dumps(whole, indent=1).encode("ascii") + b"\n"

    def as_csv(self) -> bytes:
        """One row a file, safe to open in a spreadsheet; UTF-8 with the mark by which Excel knows it."""
        text = io.StringIO(newline="")
        write_rows(text, HEADER, [_cells(line) for line in self.lines] or _of_none(self.header))
        return text.getvalue().encode("utf-8-sig")


def _of_none(header: Mapping[str, Any]) -> list[Sequence[str]]:
    # A delivery without files has reasons all the same, as over a quota: one row, or a spreadsheet would show nothing.
    told = header["reasons"]
    codes = "; ".join(one["code"] for one in told)
    messages, fixes = (" ".join(one[key] for one in told) for key in ("message", "fix"))
    return [("", header["state"], "", codes, messages, fixes)] if told else []


def build(delivery: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], *, revision: int) -> Receipt:
    """The receipt of `delivery` (its row) and `rows` (its files' rows, all of them)."""
    closed_at = delivery["closed_at"]
    header = {
        "delivery": delivery["id"],
        "vendor": delivery["vendor"],
        "kind": delivery["kind"],
        "name": delivery["name"],
        "state": delivery["state"],
        "opened_at": delivery["opened_at"].isoformat(),
        "closed_at": closed_at.isoformat() if closed_at else None,
        "revision": revision,
        "reasons": _told(for_vendor(_findings(delivery))),
    }
    has_index = any(row["state"] == FileState.INDEX for row in rows)
    return Receipt(header=header, lines=tuple(_line(row, has_index=has_index) for row in rows))


def file_stem(delivery: Mapping[str, Any]) -> str:
    """The receipt's file name without its ending: the delivery's number, and what is plain in its name."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", delivery["name"])[:60].strip("._-")
    return f"{delivery['id']}-{plain or delivery['kind']}"


def _line(row: Mapping[str, Any], *, has_index: bool) -> Line:
    # A code that the vendor gave neither by the name nor by an index (a release can add one) is not told to it.
    code = row["student_code"] or ""
    own = has_index or code == student_code(row["path"].rpartition("!")[2] if row["entry"] else row["path"])
    return Line(
        path=row["path"],
        state=_state(row),
        student_code=code if own else "",
        reasons=for_vendor(_findings(row)) if row["state"] not in _SETTLED else (),
    )


def _state(row: Mapping[str, Any]) -> str:
    state: str = _VENDOR_READS.get(row["state"], row["state"])
    # That the student's real photo came meanwhile would tell a vendor without a grant that the code exists.
    if state == FileState.RESOLVED and any(reason.code == "not_granted" for reason in _findings(row)):
        return FileState.QUARANTINED
    return state


def _findings(row: Mapping[str, Any]) -> list[Finding]:
    return [Finding.from_json(stored) for stored in row["findings"]]


def _told(reasons: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"code": reason.code, "message": reason.message, "fix": reason.fix} for reason in reasons]


def _cells(line: Line) -> tuple[str, ...]:
    return (
        shown(line.path, longest=_LONGEST_PATH),
        line.state,
        line.student_code,
        "; ".join(reason.code for reason in line.reasons),
        " ".join(reason.message for reason in line.reasons),
        " ".join(reason.fix for reason in line.reasons),
    )
