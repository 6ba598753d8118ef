"""The verdict on a photo's bytes, as it leaves a decoder process: to know it takes nothing that decodes."""

from __future__ import annotations

from dataclasses import dataclass

from pictureday.reasons import Finding

__all__ = ["Judged"]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is wrong with a photo (nothing: `findings` is empty), and what MiSiS would get.

    `width` and `height` are as shown, None where they can't be known. `rendition` is there for every
    photo that is whole and in RGB or grey, also where it is quarantined, as it may be released; it is
    None where no clean copy fits into `most_bytes`.
    """

    findings: tuple[Finding, ...]
    width: int | None = None
    height: int | None = None
    rendition: bytes | None = None
