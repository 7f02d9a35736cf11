"""Products: native records of a mapping -> the values of a template and its variant."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.tryton import wire
from connectors.tryton.known import Known
from connectors.tryton.parts import part_acts
from connectors.tryton.shapes import product as shown
from hub.connector import Native, Write
from hub.errors import ValidationFailed

TEXT = ("name", "code")


class Goods:
    """Every product that the hub makes is a template with one variant. A person may make more of it: then name and list price are
    those of all, the code and a price of its own those of the variant."""

    def __init__(self, known: Known, category: str) -> None:
        self._known, self._category = known, category

    def new(self, write: Write) -> Native:
        """Values of a create, the hub's key among the identifiers. Raises ValidationFailed for what cannot be sent."""
        data = write.data
        unit = self._known.unit_named(str(data.get("unit") or ""))
        rate = data.get("tax_rate")
        category = self._known.category(self._category, None if rate is None else Decimal(str(rate)))
        values = {name: str(data[name]) for name in TEXT if data.get(name)} | _price(data)
        codes = [
            *part_acts("code", data.get("identifiers") or [], []),
            ["create", [{"type": None, "code": write.key}]],
        ]
        head = {"type": "goods", "salable": True, "default_uom": unit, "sale_uom": unit, "account_category": category}
        return {**head, **values, "products": [["create", [{"identifiers": codes}]]]}

    def changed(self, data: Native, row: Native) -> Native:
        """Values of an update of the template of the variant `row` (as the wire has it). Raises ValidationFailed for what Tryton
        settles elsewhere: the unit, and the tax, which is that of the account category."""
        _settled(data, shown(dict(row)))
        template = row["template"]
        values: Native = {"name": str(data["name"])} if data.get("name") else {}
        variant: Native = {}
        if data.get("list_price") is not None:
            (values if row.get("list_price") is None else variant).update(_price(data))
        if "code" in data:
            single = len(template.get("products") or []) == 1 and not row.get("suffix_code")
            target, code = (values, str(data["code"] or "")) if single else (variant, _suffix(data, template))
            target["code" if single else "suffix_code"] = code
        codes = part_acts("code", data.get("identifiers") or [], row.get("identifiers") or [])
        variant |= {"identifiers": codes} if codes else {}
        return values | ({"products": [["write", [int(row["id"])], variant]]} if variant else {})


def _price(data: Native) -> Native:
    given = data.get("list_price")
    return {} if given is None else {"list_price": wire.typed("numeric", "list_price", given)}


def _suffix(data: Native, template: Mapping[str, Any]) -> str:
    """The variant's part of the code: what stands behind the template's."""
    code, prefix = str(data["code"] or ""), str(template.get("code") or "")
    if not code.startswith(prefix):
        raise ValidationFailed(
            f"产品有多个变体，编码必须以 {prefix} 开头，请在 Tryton 里修改",
            f"The product has several variants, its code has to begin with {prefix}: change it in Tryton",
            field="code",
            value=code,
        )
    return code[len(prefix) :]


def _settled(data: Native, now: Native) -> None:
    rate = data.get("tax_rate")
    if rate is not None and now["tax_rate"] is not None and Decimal(str(rate)) != now["tax_rate"]:
        raise ValidationFailed(
            f"Tryton 里产品的税率 {now['tax_rate']:f}% 来自会计类别，不是 {rate}%",
            f"In Tryton the product's tax of {now['tax_rate']:f}% is that of its account category, not {rate}%",
            field="tax_rate",
            value=str(rate),
        ).put_right_by(
            "system_admin",
            "在 Tryton 的产品上换会计类别，或改回税率",
            "change the account category of the product in Tryton, or the rate back",
        )
    if data.get("unit") and data["unit"] != now["unit"]:
        raise ValidationFailed(
            f"Tryton 里产品的单位是 {now['unit']}，用过以后不能改成 {data['unit']}",
            f"In Tryton the product is counted in {now['unit']}, which cannot become {data['unit']} once it was used",
            field="unit",
            value=str(data["unit"]),
        )
