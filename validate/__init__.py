"""The judging of photos.

In: the bytes of a file, its name, and what roster and grants say about its student and vendor.
Out: every reason against it (`Finding`), its size as shown, and the clean rendition that MiSiS would get.
Guaranteed: the same file always gets the same answer; no bytes can raise an error, take a process of
ours down or hang it; what passes is whole, as libjpeg's strictest reading has it. What acts is
`validate.worker`, which no decoder process need load; and what decodes is loaded by nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validate.decoders import Decoders
from validate.judged import Judged, Rendition
from validate.name import judge_name
from validate.standing import Standing, judge_standing

if TYPE_CHECKING:
    from validate.photo import judge

__all__ = ["Decoders", "Judged", "Rendition", "Standing", "judge", "judge_name", "judge_standing"]


def __getattr__(name: str) -> Any:
    # libjpeg's and Pillow's Python sides and numpy: half a command's time, and memory that no process of ours needs.
    if name == "judge":
        from validate.photo import judge

        return judge
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
