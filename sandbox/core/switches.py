"""Switches of a sandbox: a dataclass whose fields are settings, changed by name and checked by type."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

_LISTED = (frozenset, tuple)
"""Kinds of settings that are written as a JSON list."""


class SettingError(ValueError):
    """An unknown setting or a value of the wrong type; the text names both and what is allowed."""


@dataclass
class Switches:
    """Base of a vendor's settings."""

    def change(self, name: str, value: object) -> None:
        """Set one setting; SettingError when it does not exist or the type differs from the default's."""
        kinds = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        if name not in kinds:
            raise SettingError(f"unknown setting {name!r}; known: {', '.join(sorted(kinds))}")
        if type(value) is not kinds[name]:
            raise SettingError(f"setting {name} takes {kinds[name].__name__}, got {value!r}")
        setattr(self, name, value)

    def lay_over(self, given: Mapping[str, object] | None) -> None:
        """Change every setting named in `given`; SettingError as `change`."""
        for name, value in (given or {}).items():
            self.change(name, value)


def change(settings: Any, given: Mapping[str, object]) -> None:
    """Set fields of any settings dataclass while the sandbox runs; SettingError as `Switches.change`, and nothing is set."""
    kinds = {field.name: type(getattr(settings, field.name)) for field in fields(settings)}
    for name, value in given.items():
        if name not in kinds:
            raise SettingError(f"unknown setting {name!r}; known: {', '.join(sorted(kinds))}")
        if not isinstance(value, list if kinds[name] in _LISTED else kinds[name]):
            raise SettingError(f"setting {name} takes {kinds[name].__name__}, got {value!r}")
    for name, value in given.items():
        setattr(settings, name, kinds[name](value) if kinds[name] in _LISTED else value)


def comma_list(text: str) -> list[str]:
    """Entries of a comma list without blanks."""
    return [part.strip() for part in text.split(",") if part.strip()]
