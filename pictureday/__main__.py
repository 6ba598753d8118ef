"""`python -m pictureday` is the command `pictureday`."""

from __future__ import annotations

import sys

from pictureday.cli import main

if __name__ == "__main__":
    sys.exit(main())
