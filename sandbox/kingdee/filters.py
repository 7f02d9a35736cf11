"""FilterString of ExecuteBillQuery: the SQL-like text and the JSON array, parsed into one tree. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kingdee.errors import BAD_PARAMETER, EXCEPTION, Refused


@dataclass(frozen=True)
class Comparison:
    """FIELD op value; values of `in` are a tuple, `is` compares with None."""

    key: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Not:
    """The opposite of its term."""

    term: "Node"


@dataclass(frozen=True)
class All:
    """Every term holds."""

    terms: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one term holds."""

    terms: tuple["Node", ...]


Node = Comparison | Not | All | AnyOf

_TOKEN = re.compile(
    r"\s*(?:(?P<text>N?'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<op><>|!=|>=|<=|=|>|<)"
    r"|(?P<mark>[(),])|(?P<word>[A-Za-z_\u4e00-\u9fff][\w.\u4e00-\u9fff]*))"
)
# Compare codes of the JSON form. 67 is documented; the signs are accepted as they read.
_COMPARE = {"67": "=", "=": "=", "<>": "<>", "!=": "<>", ">": ">", ">=": ">=", "<": "<", "<=": "<=", "like": "like"}


def parse_filter(value: Any) -> Node | None:
    """A tree from FilterString, None for no filter. Raises Refused for text outside the grammar."""
    if isinstance(value, str) and value.strip().startswith("[{"):
        value = json.loads(value)
    if isinstance(value, list):
        return _from_items(value)
    text = str(value or "").strip()
    return _Parser(text).parse() if text else None


def conjuncts(node: Node | None) -> Iterator[Node]:
    """The terms that all have to hold, flattened."""
    if isinstance(node, All):
        for term in node.terms:
            yield from conjuncts(term)
    elif node is not None:
        yield node


def keys_of(node: Node | None) -> Iterator[str]:
    """Every field key a filter names."""
    if isinstance(node, Comparison):
        yield node.key
    elif isinstance(node, Not):
        yield from keys_of(node.term)
    elif node is not None:
        for term in node.terms:
            yield from keys_of(term)


def _bad(text: str, at: str) -> Refused:
    return Refused(EXCEPTION, f"过滤条件“{text}”解析失败，附近有语法错误：{at[:40]}")


class _Parser:
    """Recursive descent over or, and, not, parentheses and comparisons."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._scan(text))
        self._at = 0

    def parse(self) -> Node:
        node = self._either()
        if self._at < len(self._tokens):
            raise _bad(self._text, self._tokens[self._at][1])
        return node

    def _scan(self, text: str) -> Iterator[tuple[str, str]]:
        position, stripped = 0, text.rstrip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if match is None:
                raise _bad(text, stripped[position:])
            position = match.end()
            yield str(match.lastgroup), match.group(str(match.lastgroup))

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _word(self, word: str) -> bool:
        """Takes the next token when it is this word."""
        kind, text = self._peek()
        if kind == "word" and text.lower() == word:
            self._at += 1
            return True
        return False

    def _mark(self, mark: str) -> None:
        kind, text = self._take()
        if text != mark:
            raise _bad(self._text, text or kind)

    def _either(self) -> Node:
        terms = [self._both()]
        while self._word("or"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else AnyOf(tuple(terms))

    def _both(self) -> Node:
        terms = [self._term()]
        while self._word("and"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _term(self) -> Node:
        if self._word("not"):
            return Not(self._term())
        if self._peek()[1] == "(":
            self._take()
            node = self._either()
            self._mark(")")
            return node
        return self._comparison()

    def _comparison(self) -> Node:
        kind, key = self._take()
        if kind == "number":
            return self._constant(key)
        if kind != "word":
            raise _bad(self._text, key or "结尾")
        if self._word("is"):
            negative = self._word("not")
            if not self._word("null"):
                raise _bad(self._text, self._peek()[1])
            return _maybe_not(Comparison(key, "is", None), negative)
        negative = self._word("not")
        return _maybe_not(self._operator(key), negative)

    def _constant(self, left: str) -> Node:
        """1=1, the way generated filters begin."""
        self._mark("=")
        right = self._literal()
        return All(()) if left == right else AnyOf(())

    def _operator(self, key: str) -> Node:
        if self._word("like"):
            return Comparison(key, "like", self._literal())
        if self._word("in"):
            return Comparison(key, "in", self._list())
        if self._word("between"):
            low = self._literal()
            if not self._word("and"):
                raise _bad(self._text, self._peek()[1])
            return All((Comparison(key, ">=", low), Comparison(key, "<=", self._literal())))
        kind, sign = self._take()
        if kind != "op":
            raise _bad(self._text, sign or "结尾")
        return Comparison(key, "<>" if sign == "!=" else sign, self._literal())

    def _list(self) -> tuple[str, ...]:
        self._mark("(")
        values = [self._literal()]
        while self._peek()[1] == ",":
            self._take()
            values.append(self._literal())
        self._mark(")")
        return tuple(values)

    def _literal(self) -> str:
        kind, text = self._take()
        if kind == "text":
            return text.lstrip("N")[1:-1].replace("''", "'")
        if kind == "number" or (kind == "word" and text.lower() in {"true", "false"}):
            return text
        raise _bad(self._text, text or "结尾")


def _maybe_not(node: Node, negative: bool) -> Node:
    return Not(node) if negative else node


def _from_items(items: list[Any]) -> Node | None:
    """The JSON form. Its items become tokens of the text form, so both mean the same."""
    words: list[str] = []
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise Refused(BAD_PARAMETER, f"过滤条件的第{index + 1}项不是对象")
        fields = {str(key).lower(): value for key, value in item.items()}
        words.append(_item_text(fields))
        if index < len(items) - 1:
            words.append("or" if str(fields.get("logic", "0")) == "1" else "and")
    return _Parser(" ".join(words)).parse() if words else None


def _item_text(item: Mapping[str, Any]) -> str:
    compare = str(item.get("compare", "67")).strip().lower()
    if compare not in _COMPARE:
        raise Refused(BAD_PARAMETER, f"过滤条件的比较符“{compare}”不受支持")
    value = str(item.get("value") or "").replace("'", "''")
    left, right = str(item.get("left") or ""), str(item.get("right") or "")
    return f"{left} {item.get('fieldname', '')} {_COMPARE[compare]} '{value}' {right}"
