"""Whose photo a file name says it is."""

from __future__ import annotations

from pictureday.names import code_hint, student_code
from pictureday.reasons import Finding

__all__ = ["judge_name"]


def judge_name(path: str) -> tuple[str | None, tuple[Finding, ...]]:
    """The student code that the name at the end of `path` is, or None and why not.

    Rule: FAQ, `000000x000.jpg`. Where an index file maps the name to a code, don't ask.
    """
    code = student_code(path)
    if code:
        return code, ()
    return None, (Finding(code="bad_name", facts={"hint": code_hint(path)}),)
