"""Who is this? Keys of a golden record, and what a set of candidates means. Pure.

Strong keys link by themselves. Weak evidence links only when exactly one candidate agrees on both the name and a phone; anything
less is a possible duplicate that a person decides. Documents never match by number alone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from rapidfuzz import fuzz

from hub.model.identifiers import has_check_digit
from hub.model.names import normal_name

SIMILAR_NAME = 62
"""Two companies that share a phone are worth a look from this similarity (rapidfuzz ratio of normal names) on."""


LONGEST_KEY = 200


class Key(NamedTuple):
    kind: str
    value: str
    strong: bool = False


class Candidate(NamedTuple):
    """A record that shares at least one key. `data` is its golden data; `bound` = it has a primary binding at this connection."""

    record_id: int
    data: Mapping[str, Any]
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """link: `record_id` is the same thing · alias: the same thing, already bound here under another id · possible: a person
    decides among `candidates` · new: nobody like it is known."""

    verdict: Literal["link", "alias", "possible", "new"]
    record_id: int = 0
    candidates: tuple[int, ...] = ()
    why: str = ""


NEW = Match("new")


def _phones(data: Mapping[str, Any]) -> list[str]:
    return [str(data[name]) for name in ("mobile", "phone") if data.get(name)]


def _company_keys(data: Mapping[str, Any]) -> list[Key]:
    keys = [Key("phone", phone) for phone in dict.fromkeys(_phones(data))]
    if data.get("tax_code") and has_check_digit(str(data["tax_code"])):
        keys.append(Key("tax_code", str(data["tax_code"]), strong=True))
    if data.get("name"):
        keys.append(Key("name", normal_name(str(data["name"]))))
    return keys


def _person_keys(data: Mapping[str, Any]) -> list[Key]:
    keys = [Key("phone", phone) for phone in dict.fromkeys(_phones(data))]
    if data.get("name"):
        keys.append(Key("name", normal_name(str(data["name"]))))
    return keys


def _product_keys(data: Mapping[str, Any]) -> list[Key]:
    keys = [Key("number", str(data["number"]))] if data.get("number") else []
    if data.get("name"):
        keys.append(
            Key("name", f"{normal_name(str(data['name']))}|{normal_name(str(data.get('specification') or ''))}")
        )
    return keys


_KEYS: Mapping[str, Callable[[Mapping[str, Any]], list[Key]]] = {
    "customer": _company_keys,
    "contact": _person_keys,
    "employee": _person_keys,
    "product": _product_keys,
}


_KEY_FIELDS = ("name", "mobile", "phone", "tax_code", "number", "specification")


def identity_keys(entity: str, data: Mapping[str, Any]) -> tuple[Key, ...]:
    """Keys of a golden record; () for documents, which match only by binding."""
    return _keys_of(entity, *map(data.get, _KEY_FIELDS)) if entity in _KEYS else ()


@lru_cache(maxsize=4096)
def _keys_of(entity: str, *values: Any) -> tuple[Key, ...]:
    """A page asks for the keys of each of its records several times."""
    keys = _KEYS[entity](dict(zip(_KEY_FIELDS, values, strict=True)))
    known = [key for key in keys if key.value.strip("|")]
    return tuple(key if len(key.value) <= LONGEST_KEY else key._replace(value=_short(key.value)) for key in known)


def _short(value: str) -> str:
    """No index takes a key of any length: the end of a very long one is a hash of all of it."""
    return f"{value[:LONGEST_KEY]}#{blake2b(value.encode(), digest_size=8).hexdigest()}"


def is_stranger(entity: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether what stands under the hub's own key is plainly another record: somebody used the number first, or a restored
    backup gave it out a second time. Different tax codes, not one key in common; for documents another customer or total."""
    mine, found = identity_keys(entity, ours), identity_keys(entity, theirs)
    if mine and found:
        strong = [{key.value for key in keys if key.strong} for keys in (mine, found)]
        shared = {(key.kind, key.value) for key in mine} & {(key.kind, key.value) for key in found}
        return not shared or (all(strong) and strong[0].isdisjoint(strong[1]))
    if mine or found:
        return False
    pairs = [(ours.get(name), theirs.get(name)) for name in ("customer", "total")]
    return any(type(one) is type(other) and one != other for one, other in pairs if one and other)


def match(entity: str, data: Mapping[str, Any], candidates: Sequence[Candidate]) -> Match:
    """What the candidates mean for a record that is not bound yet."""
    if not candidates:
        return NEW
    judge = {"customer": _customer, "contact": _contact, "employee": _employee, "product": _product}.get(entity)
    return judge(data, candidates) if judge else NEW


def _one(agreeing: Sequence[Candidate], doubtful: Sequence[Candidate], why: str) -> Match:
    """Exactly one that agrees and is free here: link. Else a person looks at all of them."""
    free = [c for c in agreeing if not c.bound]
    if len(agreeing) == 1 and len(free) == 1:
        return Match("link", free[0].record_id, why=why)
    if agreeing or doubtful:
        ids = tuple(dict.fromkeys(c.record_id for c in [*agreeing, *doubtful]))
        return Match("possible", candidates=ids, why=why)
    return NEW


def _tax(data: Mapping[str, Any]) -> str:
    code = str(data.get("tax_code") or "")
    return code if code and has_check_digit(code) else ""


def _customer(data: Mapping[str, Any], candidates: Sequence[Candidate]) -> Match:
    tax = _tax(data)
    if tax:
        same = [c for c in candidates if _tax(c.data) == tax]
        if same:
            free = next((c for c in same if not c.bound), None)
            return (
                Match("link", free.record_id, why="tax_code")
                if free
                else Match("alias", same[0].record_id, why="tax_code")
            )
    rest = [c for c in candidates if not (tax and _tax(c.data))]
    name, phones = normal_name(str(data.get("name") or "")), set(_phones(data))
    agreeing, doubtful = [], []
    for c in rest:
        other = normal_name(str(c.data.get("name") or ""))
        shared = bool(phones & set(_phones(c.data)))
        if other == name and shared:
            agreeing.append(c)
        elif other == name or (shared and fuzz.ratio(name, other) >= SIMILAR_NAME):
            doubtful.append(c)
    return _one(agreeing, doubtful, "name+phone" if agreeing else "name or phone")


def _contact(data: Mapping[str, Any], candidates: Sequence[Candidate]) -> Match:
    """A person at the same customer with the same name and phone; a same name at the same customer is worth a look."""
    parent = data.get("customer")
    if not isinstance(parent, int):
        return NEW
    at_parent = [c for c in candidates if c.data.get("customer") == parent]
    agreeing = _agree(data, at_parent)
    doubtful = [c for c in at_parent if _same_name(data, c) and not _conflicting_phones(data, c)]
    return _one(agreeing, doubtful if not agreeing else [], "customer+name+phone")


def _employee(data: Mapping[str, Any], candidates: Sequence[Candidate]) -> Match:
    agreeing = _agree(data, candidates)
    doubtful = [c for c in candidates if _same_name(data, c) and not _conflicting_phones(data, c)]
    return _one(agreeing, doubtful if not agreeing else [], "name+mobile")


def _product(data: Mapping[str, Any], candidates: Sequence[Candidate]) -> Match:
    """The same number and the same name (with or without the specification in it, and a system may know none), or the same name
    and specification where one side has no number. A number alone is worth a look."""
    agreeing, doubtful = [], []
    for c in candidates:
        mine, theirs = data.get("number"), c.data.get("number")
        numbered_alike = bool(mine) and mine == theirs
        named_alike = bool(_product_names(data) & _product_names(c.data))
        if numbered_alike and not (data.get("specification") and c.data.get("specification")):
            named_alike = named_alike or _same_name(data, c)
        if named_alike and (mine == theirs or not (mine and theirs)):
            agreeing.append(c)
        elif numbered_alike:
            doubtful.append(c)
    return _one(agreeing, doubtful, "number+name")


def _product_names(data: Mapping[str, Any]) -> set[str]:
    """Names that a product goes by: systems without a specification field append it to the name. A record that two systems
    filled may have it in both places."""
    name, extra = normal_name(str(data.get("name") or "")), normal_name(str(data.get("specification") or ""))
    return {name} if name.endswith(extra) else {f"{name}{extra}"}


def _same_name(data: Mapping[str, Any], other: Candidate) -> bool:
    return normal_name(str(data.get("name") or "")) == normal_name(str(other.data.get("name") or ""))


def _agree(data: Mapping[str, Any], candidates: Collection[Candidate]) -> list[Candidate]:
    phones = set(_phones(data))
    return [c for c in candidates if _same_name(data, c) and phones & set(_phones(c.data))]


def _conflicting_phones(data: Mapping[str, Any], other: Candidate) -> bool:
    mine, theirs = set(_phones(data)), set(_phones(other.data))
    return bool(mine and theirs and not mine & theirs)
