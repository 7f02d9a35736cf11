"""What the values of a write refer to, looked up once per client: addresses, units, taxes, terms, currencies."""

import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from connectors.tryton.calls import Calls
from connectors.tryton.config import spelt
from connectors.tryton.shapes import percent
from hub.connector import Native
from hub.errors import ConfigInvalid, ValidationFailed


class Known:
    """Base data that hardly changes is remembered; addresses of parties are asked for each time."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._cache: dict[tuple[str, Any], Any] = {}
        self._guard = threading.Lock()

    def addresses(self, parties: Sequence[int]) -> dict[int, int]:
        """The first address in use of each party that has one."""
        domain = [["party", "in", list(parties)], ["active", "=", True]]
        rows = self._calls.search("party.address", domain, ["party"]) if parties else []
        return {int(row["party"]): int(row["id"]) for row in reversed(rows)}

    def term(self, name: str) -> int:
        """Raises ConfigInvalid when there is no such payment term; 0 for ""."""
        return self._once("term", name, self._term) if name else 0

    def currency(self, code: str) -> int:
        return int(self._once("currency", code, self._currency))

    def unit(self, product: int) -> int:
        """The unit that the product is sold in."""
        row = self._product(product)
        return int(row["sale_uom"] or row["default_uom"])

    def unit_named(self, name: str) -> int:
        """A unit by its name or symbol. Raises ValidationFailed when there is none: a product cannot be without."""
        return int(self._once("unit", name, self._unit))

    def category(self, name: str, rate: Decimal | None) -> int:
        """The account category of this name, or the only one whose products bear this tax. Raises ConfigInvalid, ValidationFailed."""
        return int(self._once("category", (name, rate), self._category))

    def product_taxes(self, product: int) -> list[int]:
        category = (self._product(product).get("template") or {}).get("account_category") or {}
        return [int(one) for one in category.get("customer_taxes") or []]

    def taxes(self, rate: Decimal) -> list[int]:
        """The tax of this percentage. Raises ValidationFailed when the company has none; none for 0."""
        found: list[int] = self._once("tax", rate.normalize(), self._tax)
        return found

    def _once(self, kind: str, what: Any, ask: Callable[[Any], Any]) -> Any:
        with self._guard:
            if (kind, what) in self._cache:
                return self._cache[(kind, what)]
        found = ask(what)
        with self._guard:
            self._cache[(kind, what)] = found
        return found

    def _term(self, name: str) -> int:
        rows = self._calls.search("account.invoice.payment_term", [["name", "=", name], ["active", "=", True]], ["id"])
        if len(rows) != 1:
            raise ConfigInvalid(
                f"Tryton 里没有（或不止一个）付款条件“{name}”",
                f"Tryton has no payment term “{name}”, or several",
                field="payment_term",
                value=name,
            ).put_right_by(*spelt("财务 → 配置 → 付款条件", "Financial > Configuration > Payment Terms"))
        return int(rows[0]["id"])

    def _currency(self, code: str) -> int:
        rows = self._calls.search("currency.currency", [["code", "=", code], ["active", "=", True]], ["id"])
        if not rows:
            raise _no("currency", "币别", code, CURRENCIES)
        return int(rows[0]["id"])

    def _unit(self, name: str) -> int:
        domain = [["OR", ["name", "=", name], ["symbol", "=", name]], ["active", "=", True]]
        rows = self._calls.search("product.uom", domain, ["id"]) if name else []
        if not rows:
            raise _no("unit", "单位", name or "（空）", UNITS)
        return int(rows[0]["id"])

    def _category(self, wanted: tuple[str, Decimal | None]) -> int:
        name, rate = wanted
        domain = [["accounting", "=", True], *([["name", "=", name]] if name else [])]
        rows = self._calls.search("product.category", domain, ["customer_taxes.rate"])
        if not name and rate is not None:
            rows = [row for row in rows if percent([tax["rate"] for tax in row.get("customer_taxes") or []]) == rate]
        if len(rows) == 1:
            return int(rows[0]["id"])
        if name:
            raise ConfigInvalid(
                f"Tryton 里没有（或不止一个）会计类别“{name}”",
                f"Tryton has no account category “{name}”, or several",
                field="product_category",
                value=name,
            ).put_right_by(*spelt(*CATEGORIES))
        raise _no_category("（空）" if rate is None else f"{rate:f}%")

    def _product(self, product: int) -> Native:
        fields = ["sale_uom", "default_uom", "template.account_category.customer_taxes"]
        found: Native = self._once("product", product, lambda one: self._one("product.product", one, fields))
        return found

    def _one(self, model: str, record_id: int, fields: Sequence[str]) -> Native:
        rows = self._calls.search(model, [["id", "=", record_id]], fields)
        if not rows:
            raise _no("product", "产品", str(record_id), PRODUCTS)
        return rows[0]

    def _tax(self, rate: Decimal) -> list[int]:
        if not rate:
            return []
        domain = [
            ["type", "=", "percentage"],
            ["company", "=", self._calls.company],
            ["parent", "=", None],
            ["active", "=", True],
        ]
        rows = self._calls.search(
            "account.tax", [*domain, ["OR", ["group", "=", None], ["group.kind", "in", ["sale", "both"]]]], ["rate"]
        )
        found = [int(row["id"]) for row in rows if Decimal(row["rate"]) * 100 == rate]
        if not found:
            raise _no("tax_rate", "销项税率", f"{rate:f}%", TAXES, "finance")
        return found[:1]


CATEGORIES = ("产品 → 配置 → 类别", "Products > Configuration > Categories")
UNITS = ("产品 → 配置 → 计量单位", "Products > Configuration > Units of Measure")
TAXES = ("财务 → 配置 → 税", "Financial > Configuration > Taxes")
CURRENCIES = ("货币 → 货币", "Currencies > Currencies")
PRODUCTS = ("产品 → 变体", "Products > Variants")


def _no(field: str, zh: str, value: str, place: tuple[str, str], job: str = "system_admin") -> ValidationFailed:
    """What the record names is not there; `place` is the menu under which somebody makes it."""
    return ValidationFailed(
        f"Tryton 里没有{zh} {value}", f"Tryton has no {field} {value}", field=field, value=value
    ).put_right_by(
        job,
        f"在 Tryton“{place[0]}”里建立，或在录入它的系统里改正，然后点“重试”",
        f"make it under {place[1]} in Tryton, or correct it where it was entered, then press replay",
    )


def no_address(party: int) -> ValidationFailed:
    """Tryton sells to nobody without one."""
    return ValidationFailed(
        f"Tryton 中的客户 {party} 没有地址",
        f"The customer {party} has no address in Tryton",
        field="party",
        value=str(party),
    ).put_right_by(
        "author",
        "在 Tryton 的往来单位上补一个地址，然后点“重试”",
        "enter an address on the party in Tryton, then press replay",
    )


def _no_category(rate: str) -> ValidationFailed:
    return ValidationFailed(
        f"Tryton 里没有（或不止一个）税率 {rate} 的会计类别",
        f"Tryton has no account category with the tax rate {rate}, or several",
        field="tax_rate",
        value=rate,
    ).put_right_by(
        "finance",
        f"在 Tryton“{CATEGORIES[0]}”里建立一个，或在连接设置里指定产品会计类别，然后点“重试”",
        f"make one under {CATEGORIES[1]} in Tryton, or name the account category of products in the connection's settings, then "
        "press replay",
    )
