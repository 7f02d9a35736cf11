"""What a reply says, whichever of the vendor's envelopes it came in (kingdee.md 2.4, 3.1, 3.2, 3.4). Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SERVER_ERROR = "response_error:"
# Words of a failed reply that mean a lost login session; a success body may hold them too (2.4).
# -10001 must stand alone: a document number such as HUB-10001 in an error is no lost session.
_LOST = re.compile(r"会话信息已丢失|ctx == null|未登录|(?<![\w-])-10001(?!\w)")


@dataclass(frozen=True, slots=True)
class RowError:
    """One error. `index` is the place of the record in the call (DIndex)."""

    index: int
    message: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """One record that the vendor says it processed. `index` is -1 where the reply names none."""

    index: int
    id: str
    number: str


@dataclass(frozen=True, slots=True)
class Status:
    """A ResponseStatus."""

    ok: bool
    code: str
    errors: tuple[RowError, ...] = ()
    done: tuple[Done, ...] = ()

    @property
    def message(self) -> str:
        return "；".join(dict.fromkeys(error.message for error in self.errors if error.message))

    @property
    def session_lost(self) -> bool:
        return not self.ok and (self.code == "1" or says_session_lost(self.message))


def says_session_lost(message: str) -> bool:
    """Whether the text of a failure means a lost login session."""
    return _LOST.search(message) is not None


def status_of(data: Any) -> Status | None:
    """The ResponseStatus of a reply, bare or inside one or two lists; None when it carries none (rows of a query)."""
    while isinstance(data, list) and len(data) == 1:
        data = data[0]
    result = data.get("Result") if isinstance(data, Mapping) else None
    raw = result.get("ResponseStatus") if isinstance(result, Mapping) else None
    return _status(raw) if isinstance(raw, Mapping) else None


def _status(raw: Mapping[str, Any]) -> Status:
    return Status(
        ok=str(raw.get("IsSuccess")).lower() == "true",
        code=str(raw.get("MsgCode") or "").strip(),
        errors=tuple(_error(item) for item in raw.get("Errors") or () if isinstance(item, Mapping)),
        done=tuple(_done(item) for item in raw.get("SuccessEntitys") or () if isinstance(item, Mapping)),
    )


def _error(item: Mapping[str, Any]) -> RowError:
    return RowError(_index(item), str(item.get("Message") or "").strip(), str(item.get("FieldName") or "").strip())


def _done(item: Mapping[str, Any]) -> Done:
    return Done(_index(item), str(item.get("Id") or ""), str(item.get("Number") or ""))


def _index(item: Mapping[str, Any]) -> int:
    text = str(item.get("DIndex", -1))
    return int(text) if text.isdigit() else -1


def server_error(text: str) -> str | None:
    """The messages of an uncaught server exception (a 200 whose text starts with response_error:), else None."""
    body = text.strip().strip('"')
    if not body.startswith(_SERVER_ERROR):
        return None
    return "；".join(_messages(body[len(_SERVER_ERROR) :])) or "response_error"


def _messages(body: str) -> list[str]:
    try:
        node = json.loads(body)
    except ValueError:
        return [body.strip()[:300]]
    found: list[str] = []
    while isinstance(node, Mapping):
        found.append(str(node.get("Message") or ""))
        node = node.get("InnerExWrapper")
    return [message for message in found if message]


def firewall_block(data: Any) -> str | None:
    """The text of a firewall's confirm box that replaced the reply (3.2), else None."""
    first = data[0] if isinstance(data, list) and data else None
    if not isinstance(first, Mapping) or "actionname" not in first:
        return None
    params = first.get("params")
    box = params[0] if isinstance(params, list) and params and isinstance(params[0], Mapping) else {}
    return str(box.get("msg") or first["actionname"])


def is_rows(data: Any) -> bool:
    """Whether a reply is the row list of a query: a list of lists whose first cell is no envelope."""
    if not isinstance(data, list):
        return False
    return all(isinstance(row, list) and not (row and isinstance(row[0], Mapping)) for row in data)


def rows_by_key(keys: Sequence[str], data: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows as dicts in the order of the keys that were asked for."""
    return [dict(zip(keys, row, strict=True)) for row in data]
