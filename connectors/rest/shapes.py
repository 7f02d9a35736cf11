"""Rows of the vendor as Remote values, and records as the vendor wants them packed."""

import uuid
from collections.abc import Mapping
from typing import Any

from connectors.rest.paths import at, put, text_at
from connectors.rest.spec.system import Entity, Shape, ValueShape
from hub.connector.contract import Native, Remote, Write
from hub.connector.json_exact import decode, encode
from hub.errors import BadInput

_TRANSACTIONS = uuid.UUID("6f3c1b0e-6a52-4d0b-9d5b-0b3a6c1f2e77")


def remote(entity: Entity, row: Native) -> Remote:
    """A row as the hub holds it: the fields unpacked, whatever stands beside them kept."""
    data = unpacked(entity, row)
    return Remote(
        id=text_at(row, entity.id),
        data=data,
        number=_text(row, data, entity.number),
        version=_text(row, data, entity.version),
        stage=_stage(entity, row, data),
        modified=_text(row, data, entity.modified),
        key=_text(row, data, entity.key),
    )


def unpacked(entity: Entity, row: Native) -> Native:
    """{field: plain value} whatever the vendor wraps its values in."""
    inner = at(row, entity.fields) if entity.fields else row
    shape = entity.shape
    fields = _plain(inner, shape, shape.read)
    if not entity.fields:
        return fields if isinstance(fields, dict) else {}
    beside = {name: value for name, value in row.items() if name != entity.fields.split(".")[0]}
    return {**beside, **(fields if isinstance(fields, dict) else {})}


def packed(entity: Entity, write: Write, *, new: bool) -> Any:
    """The {data} of a write; a new record carries the hub's key."""
    data: Mapping[str, Any] = put(write.data, entity.key, write.key) if new and entity.key else write.data
    return _packed(data, entity.shape, entity.shape.write)


def transaction(write: Write) -> str:
    """A UUID that belongs to the write's key: the same on every try."""
    return str(uuid.uuid5(_TRANSACTIONS, write.key))


def _text(row: Native, data: Native, path: str) -> str:
    return text_at(data, path) or text_at(row, path)


def _stage(entity: Entity, row: Native, data: Native) -> str:
    if entity.stage is None:
        return ""
    said = _text(row, data, entity.stage.at)
    return entity.stage.names.get(said, said)


def _plain(value: Any, shape: Shape, form: ValueShape) -> Any:
    if form == "wrapped" and isinstance(value, dict):
        return {name: _unwrapped(item, shape) for name, item in value.items()}
    if form == "pairs" and isinstance(value, list):
        return {
            str(pair[shape.name]): _rows(pair.get(shape.value), shape, form) for pair in value if _is_pair(pair, shape)
        }
    return _decoded(value) if form == "text" and isinstance(value, str) else value


def _decoded(text: str) -> Any:
    """What a JSON text holds; the text itself where it is none."""
    try:
        return decode(text.encode())
    except (ValueError, BadInput):
        return text


def _unwrapped(item: Any, shape: Shape) -> Any:
    wrapped = isinstance(item, dict) and set(item) == {shape.value}
    return _rows(item[shape.value] if wrapped else item, shape, "wrapped")


def _rows(value: Any, shape: Shape, form: ValueShape) -> Any:
    """Rows of a sub-table are packed like the record around them."""
    inside = dict if form == "wrapped" else list
    if isinstance(value, list) and value and all(isinstance(row, inside) for row in value):
        return [_plain(row, shape, form) for row in value]
    return value


def _is_pair(value: Any, shape: Shape) -> bool:
    return isinstance(value, dict) and shape.name in value


def _packed(data: Mapping[str, Any], shape: Shape, form: ValueShape) -> Any:
    if form == "wrapped":
        return {name: {shape.value: _packed_rows(value, shape, form)} for name, value in data.items()}
    if form == "pairs":
        return [{shape.name: name, shape.value: _packed_rows(value, shape, form)} for name, value in data.items()]
    return encode(dict(data)) if form == "text" else dict(data)


def _packed_rows(value: Any, shape: Shape, form: ValueShape) -> Any:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return [_packed(row, shape, form) for row in value]
    return value
