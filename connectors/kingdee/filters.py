"""FilterString text, built only from checked values: the vendor has no bound parameters (kingdee.md 3.4). Pure.

No filter here holds a `<`: a firewall in front of many tenants blocks it (3.2).
"""

import re
from collections.abc import Iterable, Sequence

from hub.errors import BadInput

_ID = re.compile(r"[0-9]{1,18}")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}")


def quoted(text: str) -> str:
    """A text literal. Raises BadInput for line breaks and control characters, which no number of a record has."""
    if any(ord(char) < 32 for char in text):
        raise BadInput("筛选值含有控制字符", "A filter value holds control characters", value=repr(text)[:80])
    return "'" + text.replace("'", "''") + "'"


def is_id(text: str) -> bool:
    """Whether `text` can be an internal id."""
    return _ID.fullmatch(text) is not None and int(text) > 0


def id_list(ids: Iterable[str | int]) -> str:
    """`1,2,3` for ids that are digits; raises BadInput for anything else."""
    texts = [str(item) for item in ids]
    if not texts or not all(map(is_id, texts)):
        raise BadInput("内码必须是正整数", "An internal id is a positive whole number", value=",".join(texts)[:80])
    return ",".join(texts)


def by_ids(key: str, ids: Iterable[str | int]) -> str:
    return f"{key} in ({id_list(ids)})"


def by_texts(key: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f"{key} = {quoted(values[0])}"
    return f"{key} in ({','.join(map(quoted, values))})"


def both(*parts: str) -> str:
    """All non-empty parts joined by `and`."""
    return " and ".join(part for part in parts if part)


def after(key: str, last: int) -> str:
    """The keyset condition; "" at the start."""
    return f"{key} > {int(last)}" if last else ""


def changed_since(stamps: Sequence[str], since: str) -> str:
    """Rows of which one of the time fields is at or past `since` (server-local text); "" = all rows."""
    if not since or not stamps:
        return ""
    literal = quoted(since.replace("T", " "))
    return "(" + " or ".join(f"{key} >= {literal}" for key in stamps) + ")"


def stamp(value: object) -> str:
    """A server-local time cut to seconds as `YYYY-MM-DDTHH:MM:SS`; "" for what is no time."""
    text = value if isinstance(value, str) else ""
    return text[:19].replace(" ", "T") if _STAMP.match(text) else ""
