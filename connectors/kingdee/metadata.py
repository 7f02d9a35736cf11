"""Which fields a tenant's form really has (QueryBusinessInfo, kingdee.md 3.7). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

_ZH = "2052"
_HEAD = "FBillHead"
# Operators of the query language that stand where a field would (row id, row number, internal ids).
_PSEUDO = ("_fentryid", "_fseq")


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field for the mapping editor. `path` is where it stands in Remote.data; `entry` is "" for the head; `kind`
    is the
    vendor's type number; `refers_to` names the form behind a base-data field; `read` says whether the connector reads
    it."""

    key: str
    path: str
    title: str
    entry: str
    kind: int
    required: bool
    refers_to: str
    read: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def fields_of(reply: Any) -> list[FieldInfo]:
    """All fields of a QueryBusinessInfo reply, head first; [] when it holds none."""
    result = reply.get("Result") if isinstance(reply, Mapping) else None
    data = result.get("NeedReturnData") if isinstance(result, Mapping) else None
    entrys = data.get("Entrys") if isinstance(data, Mapping) else None
    found = [field for entry in entrys or () if isinstance(entry, Mapping) for field in _fields(entry)]
    return sorted(found, key=lambda field: field.entry != "")


def _fields(entry: Mapping[str, Any]) -> Iterator[FieldInfo]:
    key = str(entry.get("Key") or "")
    for raw in entry.get("Fields") or ():
        if isinstance(raw, Mapping) and raw.get("Key"):
            yield _field(raw, "" if key == _HEAD else key)


def _field(raw: Mapping[str, Any], entry: str) -> FieldInfo:
    key, target = str(raw["Key"]), str(raw.get("LookUpObjectFormId") or "")
    inner = f"{key}.FNumber" if target else key
    return FieldInfo(
        key=key,
        path=f"{entry}[].{inner}" if entry else inner,
        title=_title(raw.get("Name")) or key,
        entry=entry,
        kind=int(raw.get("FieldType") or 0),
        required=str(raw.get("MustInput") or "0") not in {"0", "False", "false"},
        refers_to=target,
    )


def _title(name: Any) -> str:
    texts = [item for item in name if isinstance(item, Mapping)] if isinstance(name, Sequence) else []
    chosen = next((item for item in texts if str(item.get("Key")) == _ZH), texts[0] if texts else {})
    return str(chosen.get("Value") or "")


def present(keys: Sequence[str], known: frozenset[str]) -> tuple[str, ...]:
    """The keys that the tenant has, in their order and spelling. `known` are lower-case field keys."""
    return tuple(key for key in keys if _known(key, known))


def _known(key: str, known: frozenset[str]) -> bool:
    base = key.split(".", 1)[0].lower()
    return base in known or base.endswith(_PSEUDO)


def without(keys: Sequence[str], culprit: str) -> tuple[str, ...]:
    """The keys that do not mention a field the server just refused (the field itself, or a property of base data)."""
    name = culprit.lower()
    return tuple(key for key in keys if name not in {key.lower(), *key.lower().split(".")})
