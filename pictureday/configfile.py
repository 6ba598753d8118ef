"""Where settings are written: a TOML file, and the environment over it. What they mean is `pictureday.config`'s."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pictureday.errors import ConfigError

__all__ = ["given"]

_NO_SETTINGS = {"PICTUREDAY_HOME", "PICTUREDAY_CONFIG"}


def given(path: Path | None) -> dict[str, Any]:
    """All settings that are given, as nested tables, unchecked. Raises `ConfigError` where they can't be read."""
    table = _from_file(path)
    for name, text in sorted(os.environ.items()):
        if name.startswith("PICTUREDAY_") and name not in _NO_SETTINGS:
            _override(table, name, text)
    return table


def _from_file(path: Path | None) -> dict[str, Any]:
    named = path or (Path(text) if (text := os.environ.get("PICTUREDAY_CONFIG")) else None)
    found = named or Path("pictureday.toml")
    if named is None and not found.exists():
        return {}
    import tomllib

    try:
        return tomllib.loads(found.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The settings file {found} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(f"The settings file {found} is no TOML: {error}.") from error


def _override(table: dict[str, Any], name: str, text: str) -> None:
    *sections, key = name.removeprefix("PICTUREDAY_").lower().split("__")
    for section in sections:
        inner = table.setdefault(section, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{name} can't override {section}, which is no section.")
        table = inner
    table[key] = _value(text)


def _value(text: str) -> Any:
    # A list or a table is written as in TOML; all else is text, which the section turns into numbers.
    if not text.startswith(("[", "{")):
        return text
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text
