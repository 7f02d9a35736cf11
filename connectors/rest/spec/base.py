"""What every part of the vocabulary is made of: strict models, paths, names in two languages, one request."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from connectors.rest.paths import FORM


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def _texts(value: Any) -> Any:
    return tuple(str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in _listed(value))


At = Annotated[str, Field(pattern=FORM, max_length=200)]
"""A path into a reply or record."""
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts, json_schema_input_type=str | int | list[str | int])]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_listed, json_schema_input_type=int | list[int])]
Scalar = str | int | bool | None
Scalars = Annotated[tuple[Any, ...], BeforeValidator(_listed, json_schema_input_type=Any)]


class Both(Strict):
    """A text in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Check(Strict):
    """A test on a reply: what stands `at` is one of `equals` (numbers and their texts are the same), or with `absent` nothing
    stands there. With neither, anything but nothing passes."""

    at: At
    equals: Scalars = ()
    absent: bool = False


class Part(Strict):
    """Pieces of a request, laid over another: objects are merged, everything else is replaced."""

    query: dict[str, Any] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None


class Request(Part):
    """One request. `path` is relative to the base address; `body` is JSON, `form` an HTML form."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str = Field(max_length=1000)
    form: dict[str, str] = Field(default_factory=dict)

    def over(self, part: Part | None) -> "Request":
        """This request with a part laid over it."""
        if part is None:
            return self
        laid = {name: _laid(getattr(self, name), getattr(part, name)) for name in ("query", "headers", "body")}
        return self.model_copy(update=laid)


def _laid(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{name: _laid(below.get(name), value) for name, value in above.items()}}
    return below if above is None else above
