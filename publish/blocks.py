"""The blocks that letters are built of, each as HTML and as plain text.

`kind` is `html` or `txt` throughout, and is the ending of the template that is filled.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from pictureday.messages import FileState
from publish.page import Markup, counted, fill, joined
from publish.privacy import student
from publish.report import Item, Problem

__all__ = [
    "MOST_ROWS",
    "Kind",
    "files_table",
    "note",
    "section",
    "settled_table",
    "sheet_rows",
    "steps",
    "tidy",
    "wrapped",
]

Kind = Literal["html", "txt"]
MOST_ROWS = 50  # of one delivery in a mail's body; the attached list has all of them
_WIDTH = 76  # characters of a plain text line

# Whom the reader has to do with: everything that is not here takes a new file from the photographer.
_ACTS = {
    "not_granted": "school",
    "do_not_photograph": "school",
    "unknown_student": "school",
    "vendor_not_active": "district",
    "could_not_be_checked": "district",
}
_WHO_ACTS = {
    "school": "for your school to check or decide, as said below.",
    "photographer": "the photographer sends a corrected file. Its receipt has the same list, so a reminder is enough.",
    "district": "the district is at work on it; nothing for you to do.",
}

# What became of a photo that was told of earlier. A state that is not here is said in general words.
_BECAME = {
    FileState.ACCEPTED: "The photo was accepted after all.",
    FileState.APPLIED: "The photo is in MiSiS.",
    FileState.REPLACED: "A newer photo of this student is in MiSiS.",
    FileState.SUPERSEDED: "A newer photo of this student was accepted.",
    FileState.RESOLVED: "A later photo of this student was accepted.",
    FileState.UNCHANGED: "We have this very photo already.",
    FileState.REJECTED: "The district has decided not to use it.",
    FileState.QUARANTINED: "It is dealt with elsewhere.",
}
_BECAME_SOMETHING = "It is settled."


def steps(items: Sequence[Item], kind: Kind) -> Markup:
    """Who has to act, and for how many photos; a photo with several faults may need several people."""
    waiting = Counter(
        who for item in items for who in {_ACTS.get(problem.code, "photographer") for problem in item.problems}
    )
    told = [(counted(waiting[who], "photo"), text) for who, text in _WHO_ACTS.items() if waiting[who]]
    return fill(f"steps.{kind}", steps=joined(_step(count, text, kind) for count, text in told)) if told else Markup("")


def section(heading: str, which: str, content: Markup, kind: Kind) -> Markup:
    """A part of a letter under its heading."""
    said = which if kind == "html" else wrapped(which)
    return fill(f"delivery.{kind}", heading=heading, which=said, content=content)


def files_table(items: Sequence[Item], kind: Kind, *, who: str) -> Markup:
    """Every file with what is wrong and what to do. `who` heads the first column."""
    if not items:
        return Markup("")
    ordered = sorted(items, key=lambda item: (item.student_name, item.student_code, item.file))
    rows = joined(_row(item, kind) for item in ordered[:MOST_ROWS])
    table = fill("table.html", who=who, rows=rows) if kind == "html" else rows
    return joined([table, _more(items, kind)])


def settled_table(items: Sequence[Item], kind: Kind) -> Markup:
    """Files that an earlier mail told of, and what became of each."""
    if not items:
        return Markup("")
    rows = joined(_settled_row(item, kind) for item in items[:MOST_ROWS])
    return joined([fill(f"settled.{kind}", rows=rows), _more(items, kind)])


def note(text: str, kind: Kind) -> Markup:
    """A quiet sentence under a table."""
    return fill("note.html", text=text) if kind == "html" else Markup(wrapped(text) + "\n\n")


def wrapped(text: str) -> str:
    """`text` in lines that fit a plain mail."""
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def tidy(text: str) -> str:
    """A plain letter without the empty lines that parts which say nothing left behind."""
    return re.sub(r"\n{3,}", "\n\n", text)


def sheet_rows(items: Iterable[Item], settled: Iterable[Item], *about: str) -> list[tuple[str, ...]]:
    """Rows for the attached list: `about`, whom and what, what is wrong, what to do, and how it stands."""
    waiting = [(*about, *_cells(item), *_said(item.problems), "needs attention") for item in items]
    return waiting + [(*about, *_cells(item), became(item), "", "settled") for item in settled]


def became(item: Item) -> str:
    """What became of a file that needs nothing more, as a sentence."""
    return next((said for state, said in _BECAME.items() if state == item.state), _BECAME_SOMETHING)


def _step(count: str, text: str, kind: Kind) -> Markup:
    filled = fill(f"step.{kind}", count=count, text=text)
    return filled if kind == "html" else Markup(_hanging(filled, "") + "\n")


def _more(items: Sequence[Item], kind: Kind) -> Markup:
    left = len(items) - MOST_ROWS
    return note(f"And {left:,} more: the attached list has them all.", kind) if left > 0 else Markup("")


def _row(item: Item, kind: Kind) -> Markup:
    return _html_row(item) if kind == "html" else _text_row(item)


def _html_row(item: Item) -> Markup:
    first, *others = item.problems
    head = {"title": student(item), "details": _details(item), "span": len(item.problems)}
    more = (fill("row_more.html", message=problem.message, fix=problem.fix) for problem in others)
    return joined([fill("row.html", **head, message=first.message, fix=first.fix), *more])


def _text_row(item: Item) -> Markup:
    lines = (_text_problem(problem) for problem in item.problems)
    return Markup(
        fill("row.txt", title=student(item), details=_details(item), problems=joined(lines)).rstrip() + "\n\n"
    )


def _text_problem(problem: Problem) -> str:
    filled = fill("problem.txt", message=problem.message, fix=problem.fix)
    return "".join(_hanging(line, " " * 4) + "\n" for line in filled.splitlines())


def _settled_row(item: Item, kind: Kind) -> Markup:
    return fill(f"settled_row.{kind}", title=student(item), details=_details(item), what=became(item))


def _details(item: Item) -> str:
    # A file that is named as it should be says the code already.
    named = item.student_code and item.file.upper().startswith(item.student_code)
    parts = {"" if named else item.student_code: None, item.file: None, f"photo {item.photo_id}": None}
    return ", ".join(part for part in parts if part and part != student(item)) or "one file"


def _cells(item: Item) -> tuple[str, ...]:
    return item.student_code, item.student_name, item.file, str(item.photo_id)


def _said(problems: Iterable[Problem]) -> tuple[str, str]:
    return " ".join(problem.message for problem in problems), " ".join(problem.fix for problem in problems)


def _hanging(text: str, indent: str) -> str:
    more = indent + (" " * 8 if indent else "  ")
    return textwrap.fill(
        text.strip(),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    )
