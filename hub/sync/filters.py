"""Conditions on golden fields: what a flow wants. Pure; a closed list of operators."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.errors import BadInput


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _less(left: Any, right: Any) -> bool:
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return a < b
    return left is not None and str(left) < str(right)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "in": lambda left, right: left in right,
    "not_in": lambda left, right: left not in right,
    "lt": _less,
    "gt": lambda left, right: left is not None and _less(right, left),
    "empty": lambda left, right: (left is None) is bool(right),
    "prefix": lambda left, right: str(left or "").startswith(str(right)),
}


def matches(conditions: Sequence[Mapping[str, Any]], golden: Mapping[str, Any]) -> bool:
    """Whether all conditions ({"field", "op", "value"}) hold. Raises BadInput for an operator that does not exist."""
    return all(_holds(condition, golden) for condition in conditions)


def _holds(condition: Mapping[str, Any], golden: Mapping[str, Any]) -> bool:
    name = str(condition.get("op", "eq"))
    operator = OPERATORS.get(name)
    if operator is None:
        raise BadInput(
            f"条件的运算符“{name}”不存在，可用：{', '.join(OPERATORS)}",
            f"no operator “{name}”; there are {', '.join(OPERATORS)}",
            field="op",
            value=name,
        )
    return operator(golden.get(str(condition.get("field"))), condition.get("value"))
