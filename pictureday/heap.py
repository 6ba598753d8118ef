"""What the C library does with memory that was freed: by default it gives the end of its heap back at once.

A batch of photos is some megabytes, taken and freed again and again; each time the kernel has to find and clear the
pages anew, which cost a tenth of all the work. What is large gets pages of its own, which are given back even sooner:
glibc learns from that, but no more once it was told anything, so it is told from what size on.
"""

from __future__ import annotations

import ctypes

__all__ = ["keep_freed"]

_TRIM_THRESHOLD = -1  # glibc's number for it (mallopt(3))
_MMAP_THRESHOLD = -3
_KEPT = 16_000_000  # bytes at the end of a heap that stay ours: a few batches
_LARGE = 4_000_000  # bytes from which on a piece gets pages of its own


def keep_freed() -> None:
    """Keep what a few batches take. Does nothing where the C library is not glibc."""
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    if choose is not None:
        choose(_TRIM_THRESHOLD, _KEPT)
        choose(_MMAP_THRESHOLD, _LARGE)
