"""What a step is: a pair of pure functions with a round-trip law, built from checked options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from hub.errors import Remedy, Text
from hub.mapping.results import Refs

Function = Callable[[Any], Any]


class Law(StrEnum):
    """What a round trip keeps.

    LOSSLESS: push(pull(n)) = n and pull(push(g)) = g. NORMALISING (idempotent-lossy): the first trip may change the
    spelling, further trips change nothing: pull(push(pull(n))) = pull(n), or, where push narrows, it
    is true from the second trip on. ONE_WAY: there is no way back.
    """

    LOSSLESS = "lossless"
    NORMALISING = "idempotent-lossy"
    ONE_WAY = "one-way"


class AsGiven(Exception):  # noqa: N818  # a value with a remark, not an error
    """Raised by a pull function: the value stays as it came, and a Problem says why."""

    def __init__(self, value: Any, text: Text) -> None:
        super().__init__(value)
        self.value = value
        self.text = text


class Waiting(Exception):  # noqa: N818  # a value that is not there yet, not an error
    """Raised by a push function: the record `reference` of `entity` has no id at this connection yet."""

    def __init__(self, entity: str, reference: object) -> None:
        super().__init__(entity, reference)
        self.entity = entity
        self.reference = reference


class Context(Protocol):
    """What a push function may look at besides its value."""

    golden: Mapping[str, Any]
    refs: Refs


@dataclass(frozen=True, slots=True)
class Step:
    """One built step. Functions get no null unless `takes_null`, and raise ValueError(Text) for what they refuse.

    `many_native`: the native side is a list (one per path); `many_golden`: the golden side is a list (one per field).
    `gives` is the golden type that pull returns in canonical form ("" = not known). `narrows`: push may lose part of a
    canonical golden value. `push_with` is used instead of `push` where the golden record or references are needed.
    """

    name: str
    law: Law
    pull: Function | None = None
    push: Function | None = None
    push_with: Callable[[Any, Context], Any] | None = None
    gives: str = ""
    narrows: bool = False
    takes_null: bool = False
    many_native: bool = False
    many_golden: bool = False


class StepOptions(BaseModel):
    """Base of the options of a step. `title_zh`/`title_en` are the one-line explanations shown to people."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title_zh: ClassVar[str]
    title_en: ClassVar[str]

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        """The step for a line with so many native paths and golden fields."""
        raise NotImplementedError

    @property
    def golden_count(self) -> int | None:
        """How many golden fields the line must have; None = any number."""
        return None


def text_of(error: BaseException) -> Text:
    """The two-language text that an error carries; its plain words in both places when it carries none."""
    first = error.args[0] if error.args else str(error)
    return first if isinstance(first, Text) else Text(str(error), str(error))


class RefusalError(ValueError):
    """A refused value whose remedy is not the usual one: the mapping lacks something, not the record."""

    def __init__(self, text: Text, remedy: Remedy) -> None:
        super().__init__(text)
        self.remedy = remedy


def refuse(zh: str, en: str, remedy: Remedy | None = None) -> ValueError:
    """The error of a refused value; `remedy` where it is not for whoever entered the record."""
    return ValueError(Text(zh, en)) if remedy is None else RefusalError(Text(zh, en), remedy)


def remedy_of(error: BaseException) -> Remedy | None:
    """The remedy that an error of a step carries, if any."""
    return error.remedy if isinstance(error, RefusalError) else None
