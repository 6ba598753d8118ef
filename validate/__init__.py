"""The judging of photos.

In: the bytes of a file, its name, and what roster and grants say about its student and vendor.
Out: every reason against it (`Finding`), its size as shown, and the clean rendition that MiSiS would get.
Guaranteed: the same file always gets the same answer; no bytes can raise an error, take a process of
ours down or hang it; what passes is whole, as libjpeg's strictest reading has it. What acts is
`validate.worker`, which no decoder process need load.
"""

from __future__ import annotations

from validate.decoders import Decoders
from validate.name import judge_name
from validate.photo import Judged, judge
from validate.standing import Standing, judge_standing

__all__ = ["Decoders", "Judged", "Standing", "judge", "judge_name", "judge_standing"]
