"""sales/…Product…: the catalogue that order lines point at."""

from sandbox.ec.kinds import new_product
from sandbox.ec.paging import numbered, page_size
from sandbox.ec.state import Ec
from sandbox.ec.wire import Call, RefusedError, Row, amount, comma_ids

PRODUCT_TEXTS = ("productName", "productUnit", "specs")
PRODUCT_PAGE_LIMIT = 200


def add_product(ec: Ec, call: Call) -> object:
    """sales/addProduct: returns the new product's id."""
    ec.operator(call.fields)
    data = {**new_product(), **_written(ec, call)}
    if not data["productName"]:
        raise RefusedError("产品名称不能为空")
    return ec.created("product", data)["productId"]


def update_product(ec: Ec, call: Call) -> object:
    """sales/updateProduct: the named fields of one product."""
    ec.operator(call.fields)
    stored = ec.existing("product", _product(call).get("productId"), "产品productId")
    ec.edit_first(call, "product", stored["productId"])
    ec.updated("product", stored["productId"], _written(ec, call))
    return stored["productId"]


def delete_products(ec: Ec, call: Call) -> object:
    """sales/deleteProduct: a comma string of ids; all must exist."""
    wanted = comma_ids(call.fields.get("productIds"), "productIds")
    if not wanted:
        raise RefusedError("参数productIds不能为空")
    for product_id in wanted:
        ec.existing("product", product_id, "产品productId")
    for product_id in dict.fromkeys(wanted):
        ec.deleted("product", product_id)
    return None


def list_products(ec: Ec, call: Call) -> object:
    """sales/getProductList: every product, by page number."""
    ec.operator(call.fields)
    size = page_size(ec, call.fields, PRODUCT_PAGE_LIMIT)
    rows = ec.visible("product", ec.store.all("product"), call)
    rows.sort(key=lambda row: int(row["productId"]))
    page, facts = numbered(ec, call, call.fields, rows=rows, size=size)
    return {"list": ec.ids(_shown(ec, row) for row in page), "page": facts}


def list_groups(ec: Ec, call: Call) -> object:
    """sales/getProductGroupList."""
    return ec.store.all("product_group")


def _shown(ec: Ec, row: Row) -> Row:
    return {**row, "money": ec.money(row["money"]), "costMoney": ec.money(row["costMoney"])}


def _product(call: Call) -> Row:
    product = call.fields.get("product")
    if not isinstance(product, dict):
        raise RefusedError("参数product必须是对象")
    return product


def _written(ec: Ec, call: Call) -> Row:
    sent = _product(call)
    data: Row = {name: str(sent[name]) for name in PRODUCT_TEXTS if sent.get(name) is not None}
    data |= {name: amount(sent[name], name) for name in ("money", "costMoney") if sent.get(name) is not None}
    data |= {name: sent[name] for name in ("groupId", "onOff", "specsRequestList", "productSpecsDto") if name in sent}
    return ec.as_stored(call, data)
