"""The numbers that a photo is judged by (FAQ), in a class that a decoder process loads in no time."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Profile"]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the settings' section `profile` says; docs/settings.md tells what each number means, and its unit."""

    least_bytes: int = 15_000
    most_bytes: int = 30_720
    least_width: int = 150
    least_height: int = 200
    most_pixels: int = 2_000_000
    aspect_width: int = 3
    aspect_height: int = 4
