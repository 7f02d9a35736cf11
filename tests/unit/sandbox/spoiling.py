"""Bodies with one value at a time replaced by something of the wrong kind."""

from typing import Any

Json = dict[str, Any]
VALUES = [None, True, 0, -1, 1.5, 10**30, "", "x", "1|x|", [], [None], [[]], [{}], ["x", 5], {}, {"a": 1}]


def spoiled(body: Json) -> list[Json]:
    """The body with each value, at any depth, replaced by each wrong one."""
    found = [{**body, name: value} for name in body for value in VALUES]
    for name, inner in body.items():
        if isinstance(inner, dict):
            found += [{**body, name: one} for one in spoiled(inner)]
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            found += [{**body, name: [one]} for one in spoiled(inner[0])]
    return found
