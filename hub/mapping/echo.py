"""References that find themselves: for checks and previews, where no record has a binding."""

from collections.abc import Mapping
from typing import Any


class EchoRefs:
    """Gives each native reference a number of its own and takes it back to the same native reference."""

    def __init__(self) -> None:
        self._known: list[tuple[str, str]] = []

    def bound(self, value: Any) -> Any:
        """A pulled value with its reference (if it is one) replaced by a record id."""
        if not isinstance(value, Mapping) or "$ref" not in value:
            return value
        reference = (str(value["$ref"]["entity"]), str(value["$ref"]["value"]))
        if reference not in self._known:
            self._known.append(reference)
        return self._known.index(reference) + 1

    def record(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """All values of a record bound."""
        return {name: self.bound(value) for name, value in values.items()}

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        """The native reference as both id and number; a record of a hand-written sample stands for itself."""
        if 0 < record_id <= len(self._known) and self._known[record_id - 1][0] == entity:
            value = self._known[record_id - 1][1]
            return value, value
        return str(record_id), str(record_id)
