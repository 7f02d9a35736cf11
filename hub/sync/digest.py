"""What a row is known by: a hash of its content; and text that no database keeps (NUL, half a character) made good on entering. Pure."""

import json
import re
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import orjson

from hub.connector.contract import Remote

_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_NUL = b"\\u0000"


def digested(remote: Remote) -> tuple[Remote, str]:
    """The row as it can be kept, and its hash: equal for equal native records, stage and version included. PostgreSQL refuses NUL,
    and no encoder knows half of a surrogate pair: they become U+FFFD here, once, or such a row would stop all others of its page,
    or be taken for an edit at every read."""
    shape = [remote.data, remote.stage, remote.version, remote.number]
    try:
        text = orjson.dumps(shape, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # keys that are no text, integers over 64 bits, broken text: rare
        return _slowly(remote)
    if _NUL in text or _UNKEPT.search(remote.id + remote.key):
        return _slowly(remote)
    return remote, _hash(text)


def _slowly(remote: Remote) -> tuple[Remote, str]:
    texts = ("id", "number", "version", "stage", "modified", "key", "merged_into")
    kept = replace(remote, data=_kept(remote.data), **{name: _kept(getattr(remote, name)) for name in texts})
    shape = [kept.data, kept.stage, kept.version, kept.number]
    try:
        return kept, _hash(orjson.dumps(shape, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS))
    except TypeError:
        return kept, _hash(json.dumps(shape, sort_keys=True, default=str).encode())


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return _UNKEPT.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_kept(name): _kept(one) for name, one in value.items()}
    return [_kept(one) for one in value] if isinstance(value, list | tuple) else value


def _hash(text: bytes) -> str:
    return blake2b(text, digest_size=16).hexdigest()
