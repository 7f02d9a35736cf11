"""Native paths: `a.b`, `list[0]`, `list[key=value].field`. Readers and writers are made once per path."""

import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hub.errors import Text

Reader = Callable[[Mapping[str, Any]], Any]
Writer = Callable[[MutableMapping[str, Any], Any], None]


class _Missing:
    """The value of what is not there at all (null is None, blank is "")."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
_TOKEN = re.compile(r"(?:^|\.)([^.\[\]=]+)|\[(\d{1,4})\]|\[([^\[\]=]+)=([^\[\]]*)\]")
MAX_INDEX = 200


@dataclass(frozen=True, slots=True)
class Select:
    """The element of a list whose `key` has this text."""

    key: str
    value: str


Token = str | int | Select


def parse_path(path: str) -> tuple[Token, ...]:
    """Tokens of a path. Raises ValueError (Text) naming the path."""
    tokens: list[Token] = []
    position = 0
    while position < len(path):
        found = _TOKEN.match(path, position)
        if found is None or found.end() == position:
            break
        tokens.append(_token(found))
        position = found.end()
    if path.startswith(".") or position != len(path) or not tokens or not isinstance(tokens[0], str):
        raise ValueError(
            Text(
                f"原始路径“{path}”写法不对，应如 FName、a.b、items[0].x 或 list[key=值].x",
                f"the native path “{path}” is malformed; write FName, a.b, items[0].x or list[key=value].x",
            )
        )
    if any(isinstance(token, int) and token > MAX_INDEX for token in tokens):
        raise ValueError(Text(f"路径“{path}”的下标过大", f"the index in the path “{path}” is too large"))
    return tuple(tokens)


def reader(path: str) -> Reader:
    """Reads the path: MISSING when it is not there, None below a null. A flat key that equals the whole path wins."""
    tokens = parse_path(path)
    if len(tokens) == 1:
        return lambda native: native.get(path, MISSING)

    def read(native: Mapping[str, Any]) -> Any:
        value = native.get(path, MISSING)
        return _walk(native, tokens) if value is MISSING else value

    return read


def writer(path: str) -> Writer:
    """Writes the path into nested dicts and lists."""
    tokens = parse_path(path)
    if len(tokens) == 1:
        return lambda native, value: native.__setitem__(path, value)
    if len(tokens) == 2 and all(isinstance(token, str) for token in tokens):
        return _write_two(str(tokens[0]), str(tokens[1]))
    return lambda native, value: _put(native, tokens, value)


def _token(found: re.Match[str]) -> Token:
    name, index, key, value = found.groups()
    if name is not None:
        return str(name)
    return int(index) if index is not None else Select(key, value)


def _walk(native: Any, tokens: tuple[Token, ...]) -> Any:
    """Follow the tokens; on the way, too, a flat key that equals all that is left wins."""
    value = native
    for place, token in enumerate(tokens):
        if value is None or value is MISSING:
            return value
        flat = value.get(_rest(tokens[place:]), MISSING) if place and isinstance(value, Mapping) else MISSING
        if flat is not MISSING:
            return flat
        value = _step(value, token)
    return value


def _rest(tokens: tuple[Token, ...]) -> str:
    """The tokens as one dotted key; "" (no key of any record) when there is more than names among them."""
    return ".".join(token for token in tokens if isinstance(token, str)) if _are_names(tokens) else ""


def _are_names(tokens: tuple[Token, ...]) -> bool:
    return all(isinstance(token, str) for token in tokens)


def _step(value: Any, token: Token) -> Any:
    if isinstance(token, str):
        return value.get(token, MISSING) if isinstance(value, Mapping) else MISSING
    if not isinstance(value, list | tuple):
        return MISSING
    if isinstance(token, int):
        return value[token] if token < len(value) else MISSING
    return next((item for item in value if isinstance(item, Mapping) and _selects(token, item)), MISSING)


def _selects(select: Select, item: Mapping[str, Any]) -> bool:
    return str(item.get(select.key, MISSING)) == select.value


def _write_two(outer: str, inner: str) -> Writer:
    def write(native: MutableMapping[str, Any], value: Any) -> None:
        held = native.get(outer)
        if held.__class__ is dict:
            held[inner] = value
        else:
            native[outer] = {inner: value}

    return write


def _put(native: MutableMapping[str, Any], tokens: tuple[Token, ...], value: Any) -> None:
    place: Any = native
    for token, following in pairwise(tokens):
        place = _open(place, token, list if not isinstance(following, str) else dict)
    _assign(place, tokens[-1], value)


def _open(place: Any, token: Token, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
    """The container at `token`, made when it is not there."""
    found = _step(place, token)
    if isinstance(found, kind):
        return found
    if isinstance(token, Select):
        made: Any = {token.key: int(token.value) if token.value.isdigit() else token.value}
        place.append(made)
        return made
    made = kind()
    _assign(place, token, made)
    return made


def _assign(place: Any, token: Token, value: Any) -> None:
    if isinstance(token, Select):
        raise ValueError(Text("路径不能以 [key=value] 结尾", "a written path cannot end with [key=value]"))
    if isinstance(token, int):
        place.extend([None] * (token + 1 - len(place)))
    place[token] = value
