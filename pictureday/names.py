"""File names: what they claim, and how they are shown. A file name is hostile text.

`student_code` reads the district's rule (FAQ: `000000x000.jpg`), `shown` makes any name safe for a
terminal, a log, a mail or a table. A name never becomes a path, and nothing here touches the disk.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["as_code", "base_name", "code_hint", "is_junk", "is_temporary", "shown", "student_code"]

_CODE = re.compile(r"[0-9]{6}[A-Z][0-9]{3}")
# Near misses: a code with something around it, or a code whose leading zero a spreadsheet ate.
_NEAR = re.compile(r"(?P<code>[0-9]{6}[A-Z][0-9]{3})(?P<rest>[^0-9A-Za-z].*)")
_SHORT = re.compile(r"[0-9]{3,5}[A-Z][0-9]{3}")
_JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".localized", "@eadir"})
# Characters that show nothing, though Unicode calls them letters or marks (its default-ignorable ones outside Cf).
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_MOST_MARKS = 4  # on one letter: no language piles up more, and more would paint over the lines above and below
# Cf holds the direction overrides and zero-width characters, Zl/Zp break lines, Cs are raw bytes.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_TEMPORARY = (".part", ".filepart", ".tmp", ".crdownload", ".partial", "~")


def base_name(path: str) -> str:
    """The last part of `path`, which may come from a zip made on Windows."""
    return path.replace("\\", "/").rpartition("/")[2]


def as_code(text: str) -> str | None:
    """The student code that `text` is, upper-cased, or None.

    ASCII only: `fullmatch`, so no newline; `[0-9]`, so no other script's digits; upper-casing of
    ASCII alone, so no dotless i or long s turns into a letter.
    """
    return text.upper() if text.isascii() and _CODE.fullmatch(text.upper()) else None


def student_code(path: str) -> str | None:
    """The student code that the file name at the end of `path` is, or None."""
    stem, dot, extension = base_name(path).rpartition(".")
    if not dot or extension.lower() != "jpg" or not extension.isascii():
        return None
    return as_code(stem)


def code_hint(path: str) -> str:
    """A sentence that helps with a near miss (`(2)`, `_retake`, `.jpeg`, a lost zero), or ''."""
    stem, _, extension = base_name(path).rpartition(".")
    upper = stem.upper() if stem.isascii() else stem
    if _CODE.fullmatch(upper) and extension.lower() == "jpeg":
        return "The ending is .jpeg; it must be .jpg."
    if near := _NEAR.fullmatch(upper):
        return f"It starts like the code {near['code']}; take {shown(stem[10:])} out of the name."
    if _SHORT.fullmatch(upper):
        return f"It may have lost a leading zero: {upper.zfill(10)}.jpg?"
    if not stem.isascii():
        return "It has letters or digits that are not plain ones."
    return ""


def is_junk(path: str) -> bool:
    """Whether `path` is what an operating system leaves behind, never a photo."""
    parts = path.lower().replace("\\", "/").split("/")
    return "__macosx" in parts or "@eadir" in parts or parts[-1] in _JUNK or parts[-1].startswith("._")


def is_temporary(path: str) -> bool:
    """Whether a client still writes under this path (below its inbox) and will rename it, or a folder of it."""
    *folders, name = path.split("/")
    return any(map(_is_written_to, folders)) or (not is_junk(name) and _is_written_to(name))


def _is_written_to(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(_TEMPORARY)


def shown(text: str, *, longest: int = 200) -> str:
    r"""`text` with everything unprintable escaped (`\n`, `\u202e`, `\udcff`); of more than `longest` the middle is cut.

    Escaped too: what shows nothing (fillers, variation selectors), and marks without a letter or piled up on one.
    """
    cut = text if len(text) <= longest else _without_middle(text, longest)
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(_as_shown(cut))


def _without_middle(text: str, longest: int) -> str:
    # Both ends tell more than one: the folder at the beginning, the number and the ending at the end.
    behind = (longest - 1) // 2
    return f"{text[: longest - 1 - behind]}…{text[len(text) - behind :]}"


def _as_shown(text: str) -> Iterator[str]:
    marks = _MOST_MARKS  # at the beginning there is no letter to carry one
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        plain = (char == " " or category not in _UNPRINTABLE) and marks <= _MOST_MARKS and not _UNSEEN.match(char)
        yield char if plain else char.encode("unicode_escape").decode()
