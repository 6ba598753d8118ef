"""The flow tests' districts, for the faults too."""

from __future__ import annotations

from tests.flow.conftest import make_district

__all__ = ["make_district"]
