"""libjpeg-turbo's own command as the judge of our judge: every warning of it is an error."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["Djpeg"]


class Djpeg:
    """`djpeg -strict`, with files of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._photo, self._pixels = folder / "djpeg.jpg", folder / "djpeg.ppm"

    def fault(self, data: bytes) -> str:
        """What it says against `data`; '' where it decodes all of it without a word."""
        self._photo.write_bytes(data)
        command = ["djpeg", "-strict", "-outfile", str(self._pixels), str(self._photo)]
        # Without closing what is open, Python starts it several times as fast.
        done = subprocess.run(command, capture_output=True, text=True, close_fds=False, check=False)
        return done.stderr.strip() or (f"djpeg ended with {done.returncode}" if done.returncode else "")

    def pixels(self, data: bytes) -> bytes:
        """All pixels of a whole photo."""
        assert not self.fault(data)
        return self._pixels.read_bytes()
