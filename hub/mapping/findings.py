"""What a check found, as data: where, which field, which sample value, and what to do, in Chinese and English."""

from dataclasses import dataclass
from typing import Literal

from hub.errors import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a mapping. `line` is the line in the file (0 = unknown); an error stops the mapping, a warning does not."""

    text: Text
    file: str = ""
    line: int = 0
    field: str = ""
    sample: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return self.in_language("") or str(self.text)

    def in_language(self, language: str) -> str:
        """One line: file:line: field: what is wrong (sample). Both languages unless one is named ("zh", "en")."""
        place = f"{self.file}:{self.line}: " if self.file else (f"{self.line}: " if self.line else "")
        field = f"{self.field}: " if self.field else ""
        text = self.text.in_language(language) if language else str(self.text)
        return f"{place}{field}{text}" + (f" [{self.sample}]" if self.sample else "")

    def as_json(self) -> dict[str, object]:
        return {
            "severity": self.severity,
            "file": self.file,
            "line": self.line,
            "field": self.field,
            "sample": self.sample,
            **self.text.as_json(),
        }
