"""Both sides record by record, from what the sandboxes hold themselves. Pure: nothing here asks the hub."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Native = Mapping[str, Any]


@dataclass
class Comparison:
    """`matched` pairs agree; `problems` says what does not, a line each. `twins`: EC customer id -> 金蝶 customer number."""

    matched: int = 0
    problems: list[str] = field(default_factory=list)
    twins: dict[str, str] = field(default_factory=dict)


def plain(text: object) -> str:
    """Text as both vendors can hold it: width, case and spaces aside."""
    return "".join(unicodedata.normalize("NFKC", str(text or "")).casefold().split())


def company_name(row: Native) -> str:
    """EC keeps a company's name in `company`; a person has only `name`."""
    return plain(row.get("company") or row.get("name"))


def customers(ec: Iterable[Native], kingdee: Iterable[Native], truth: Sequence[Native]) -> Comparison:
    """Each company of the truth table, and each EC customer beside it, must be at 金蝶 exactly as often as the truth says."""
    found = Comparison()
    by_name: dict[str, list[Native]] = {}
    for row in kingdee:
        by_name.setdefault(plain(row["FName"]), []).append(row)
    known = {str(i): row for row in truth for i in row["ec"]}
    for row in ec:
        twin = _twin(row, by_name, known.get(str(row["crmId"])))
        if twin is None:
            found.problems.append(f"EC {row['crmId']} {row.get('company') or row.get('name')} 不在金蝶 / not at 金蝶")
        else:
            found.matched += 1
            found.twins[str(row["crmId"])] = str(twin["FNumber"])
            found.problems.extend(_fields(row, twin))
    return found


def _twin(row: Native, by_name: Mapping[str, list[Native]], truth: Native | None) -> Native | None:
    numbers = set(truth["kingdee"]) if truth else set()
    if numbers:
        return next((k for rows in by_name.values() for k in rows if k["FNumber"] in numbers), None)
    rows = by_name.get(company_name(row), [])
    tax = row.get("fields", {}).get("81010002")
    same_tax = [k for k in rows if tax and (k.get("FSOCIALCRECODE") == tax or k.get("FTAXREGISTERCODE") == tax)]
    return next(iter(same_tax or rows), None)


def _fields(row: Native, twin: Native) -> list[str]:
    """Fields that both hold and two-way lines keep equal."""
    pairs = {"名称": (row.get("company") or row.get("name"), twin["FName"])}
    tax = row.get("fields", {}).get("81010002")
    if tax:
        pairs["税号"] = (tax, twin.get("FSOCIALCRECODE") or twin.get("FTAXREGISTERCODE"))
    return [
        f"{row['crmId']}/{twin['FNumber']} {name}: {left!r} ≠ {right!r}"
        for name, (left, right) in pairs.items()
        if plain(left) != plain(right)
    ]


def orders(ec: Iterable[Native], kingdee: Iterable[Native], twins: Mapping[str, str]) -> Comparison:
    """Every won EC sale is at 金蝶 exactly once with the same day, customer, lines and total, and nothing else is there.
    `twins`: EC customer id -> 金蝶 number. Sales are told apart by content, because the two systems share no number."""
    found = Comparison()
    left = Counter(_sale_key(row, twins) for row in ec)
    right = Counter(_order_key(row) for row in kingdee)
    found.matched = sum((left & right).values())
    for key, count in (left - right).items():
        found.problems.append(f"EC 的订单 {count} 张不在金蝶 / missing at 金蝶: {key[0]} {key[1]} 合计 {key[2]}")
    for key, count in (right - left).items():
        found.problems.append(f"金蝶多出订单 {count} 张 / too many at 金蝶: {key[0]} {key[1]} 合计 {key[2]}")
    return found


Key = tuple[str, str, str, tuple[tuple[str, str, str], ...]]


def _sale_key(row: Native, twins: Mapping[str, str]) -> Key:
    lines = sorted(
        (str(p["productSpecsName"]), _number(p["productNum"]), _number(p["saleMoney"])) for p in row["product"]
    )
    day = str(row.get("dealDate") or row["createTime"])[:10]
    return twins.get(str(row["crmId"]), "?"), day, _number(row["money"]), tuple(lines)


def _order_key(row: Native) -> Key:
    lines = sorted(
        (str(e["FMaterialId.FNumber"]), _number(e["FQty"]), _number(e["FTaxPrice"])) for e in row["FSaleOrderEntry"]
    )
    return str(row["FCustId.FNumber"]), str(row["FDate"])[:10], _number(row["FBillAllAmount"]), tuple(lines)


def _number(value: object) -> str:
    return format(Decimal(str(value)).normalize(), "f")
