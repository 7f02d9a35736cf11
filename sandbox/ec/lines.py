"""Order lines of a sale: completed from the catalogue, priced and summed exactly."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.ec.state import Ec
from sandbox.ec.wire import RefusedError, Row, amount

CENT = Decimal("0.01")
WHOLE_PRICE = Decimal(100)  # saleDiscount is a percentage here; 100 means no discount


def cents(value: Decimal) -> Decimal:
    """Rounded half up to two decimals."""
    return value.quantize(CENT, ROUND_HALF_UP)


def complete_line(ec: Ec, given: Mapping[str, Any]) -> Row:
    """One line as EC keeps it: names and list price from the product, price and discount from each other."""
    if not isinstance(given, Mapping):
        raise RefusedError(f"产品明细必须是对象：{given!r}")
    product = ec.existing("product", given.get("productId"), "产品productId")
    number = amount(given.get("productNum", 1), "productNum")
    if number <= 0:
        raise RefusedError(f"参数productNum必须大于0：{number}")
    return {
        "id": given.get("id") or ec.next_line(),
        "specsId": given.get("specsId", 0),
        "productSpecsName": given.get("productSpecsName") or product["specs"],
        "unit": given.get("unit") or product["productUnit"],
        "productGroupId": product["groupId"],
        "productId": product["productId"],
        "productName": product["productName"],
        "productNum": number,
        **_prices(ec, given, list_price=product["money"], number=number),
        "onOff": product["onOff"],
        "del": 0,
    }


def _prices(ec: Ec, given: Mapping[str, Any], *, list_price: Decimal, number: Decimal) -> Row:
    original = amount(given.get("originalMoney", list_price), "originalMoney")
    discount = amount(given.get("saleDiscount", WHOLE_PRICE), "saleDiscount")
    whole = original * discount / WHOLE_PRICE * (1 if ec.settings.line_money == "unit" else number)
    sale = amount(given["saleMoney"], "saleMoney") if given.get("saleMoney") is not None else cents(whole)
    return {"originalMoney": original, "saleMoney": sale, "saleDiscount": discount}


def line_total(ec: Ec, lines: Sequence[Row]) -> Decimal:
    """What the lines of one sale cost together, each line rounded to the cent before it is added."""
    if ec.settings.line_money == "line":
        return sum((line["saleMoney"] for line in lines), Decimal("0.00"))
    return sum((cents(line["productNum"] * line["saleMoney"]) for line in lines), Decimal("0.00"))
