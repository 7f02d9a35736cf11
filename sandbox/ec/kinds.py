"""The kinds of record an EC account holds, and what a control request may write into each."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.core import ControlError, ObjectKind
from sandbox.ec.lines import complete_line, line_total
from sandbox.ec.state import Ec
from sandbox.ec.wire import RefusedError, Row, amount, read_time

CUSTOMER_TEXTS = (
    "name", "call", "birthday", "title", "qq", "mobile", "phone", "fax", "mobileCode", "phoneCode", "faceCode", "email",
    "company", "companyUrl", "companyAddress", "memo", "vocation", "prefecture", "wechat", "founddate",
)  # fmt: skip
CUSTOMER_FIELDS = frozenset(
    {
        *CUSTOMER_TEXTS, "crmId", "crmType", "gender", "isBirthdayLunar", "birthdayLunarLeap", "channelId", "groupId",
        "publicPondId", "followUserId", "lastFollowUserId", "createUserId", "step", "fields", "createTime",
        "modifyTime", "contactTime",
    }
)  # fmt: skip
CONTACT_TEXTS = (
    "name", "callName", "title", "mobile", "mobileCode", "phone", "phoneCode", "phoneExtension", "qq", "email",
    "wechat", "birthday", "lunarBirthday", "lunarLeap", "memo", "gender",
)  # fmt: skip
SALE_FIELDS = frozenset(
    {
        "id", "userId", "createTime", "changeTime", "projectName", "status", "crmId", "money", "guessTime", "groupId",
        "dealDate", "productDes", "remark", "changeUser", "doUserid", "fields", "product",
    }
)  # fmt: skip
PRODUCT_FIELDS = frozenset(
    {
        "productId", "groupId", "productName", "productUnit", "money", "costMoney", "onOff", "specs",
        "specsRequestList", "productSpecsDto", "createTime", "modifyTime",
    }
)  # fmt: skip
GENDERS = {"男", "女", "未知"}
Prepare = Callable[[Row, Row | None], Row]


def define_kinds(ec: Ec) -> None:
    """Tells the store of every kind of record."""
    texts: dict[str, Any] = {"stamp": ec.stamp, "parse": lambda text: read_time(text, ec.zone)}
    kinds = [
        ObjectKind(
            name="customer",
            id_field="crmId",
            created_field="createTime",
            modified_field="modifyTime",
            new_id=lambda number: 4017000000 + number,
            indexed=("mobile", "followUserId"),
            prepare=_guarded(lambda data, stored: _customer(ec, data, stored)),
            **texts,
        ),
        ObjectKind(
            name="contact",
            created_field="createTime",
            modified_field="modifyTime",
            new_id=lambda number: 60000000 + number,
            indexed=("crmId",),
            prepare=_guarded(lambda data, stored: _contact(ec, data, stored)),
            **texts,
        ),
        ObjectKind(
            name="sale",
            created_field="createTime",
            modified_field="changeTime",
            new_id=lambda number: 90000000 + number,
            indexed=("crmId",),
            prepare=_guarded(lambda data, stored: sale_record(ec, data, stored)),
            **texts,
        ),
        ObjectKind(
            name="product",
            id_field="productId",
            created_field="createTime",
            modified_field="modifyTime",
            new_id=lambda number: 7000000 + number,
            prepare=_guarded(_product),
            **texts,
        ),
        *_account_kinds(ec, texts),
    ]
    for kind in kinds:
        ec.store.define(kind)


def _account_kinds(ec: Ec, texts: dict[str, Any]) -> list[ObjectKind]:
    """Employees, departments, custom fields, lists of choices, push log and trajectories."""
    return [
        ObjectKind(
            name="user", id_field="userId", new_id=lambda number: 5000 + number, prepare=_user, indexed=("account",)
        ),
        ObjectKind(name="dept", id_field="deptId", new_id=lambda number: 100 + number),
        ObjectKind(name="customer_field", id_field="fieldId", new_id=lambda number: str(81010000 + number)),
        ObjectKind(name="sales_field", new_id=lambda number: str(91010000 + number)),
        ObjectKind(name="channel", new_id=lambda number: number),
        ObjectKind(name="pond", id_field="publicPondId", new_id=lambda number: 300 + number),
        ObjectKind(name="group", id_field="groupId", new_id=lambda number: 400 + number),
        ObjectKind(name="product_group", id_field="groupId", new_id=lambda number: 600 + number),
        ObjectKind(
            name="trajectory", id_field="trajectoryId", modified_field="createTime", indexed=("crmId",), **texts
        ),
        ObjectKind(name="push_log", id_field="f_id", modified_field="f_create_time", **texts),
        ObjectKind(name="subscription", prepare=_subscription),
    ]


def _guarded(prepare: Prepare) -> Prepare:
    """A refusal of content becomes a 400 of the control interface."""

    def guarded(data: Row, stored: Row | None) -> Row:
        try:
            return prepare(data, stored)
        except RefusedError as error:
            raise ControlError(str(error)) from error

    return guarded


def _only(data: Mapping[str, Any], allowed: frozenset[str], what: str) -> None:
    unknown = sorted(set(data) - allowed)
    if unknown:
        raise ControlError(f"{what} has no field {', '.join(unknown)}; allowed: {', '.join(sorted(allowed))}")


def _customer(ec: Ec, data: Row, stored: Row | None) -> Row:
    _only(data, CUSTOMER_FIELDS, "customer")
    if data.get("gender", "未知") not in GENDERS:
        raise ControlError(f"gender {data['gender']!r} must be 男, 女 or 未知")
    owner = data.get("followUserId")
    if owner is not None and ec.store.get("user", owner) is None:
        raise ControlError(f"followUserId {owner!r} is no user here; create it first (object user)")
    texts: Row = {name: str(data[name]) for name in CUSTOMER_TEXTS if data.get(name) is not None}
    if "fields" in data:
        texts["fields"] = {**(stored or {}).get("fields", {}), **{str(k): str(v) for k, v in data["fields"].items()}}
    return {**({} if stored else new_customer()), **data, **texts}


def new_customer() -> Row:
    """What a customer holds before anything was entered."""
    blank: Row = dict.fromkeys(CUSTOMER_TEXTS, "")
    numbers = {"crmType": 0, "gender": "未知", "isBirthdayLunar": 0, "birthdayLunarLeap": 0, "channelId": None}
    places = {"groupId": None, "publicPondId": None, "followUserId": None, "lastFollowUserId": None}
    return {**blank, **numbers, **places, "createUserId": None, "step": "1", "contactTime": "", "fields": {}}


def _contact(ec: Ec, data: Row, stored: Row | None) -> Row:
    _only(data, frozenset({*CONTACT_TEXTS, "id", "crmId", "fields", "createTime", "modifyTime"}), "contact")
    if stored is None and ec.store.get("customer", data.get("crmId")) is None:
        raise ControlError(f"crmId {data.get('crmId')!r} is no customer here; create it first")
    blank: Row = {} if stored else {**dict.fromkeys(CONTACT_TEXTS, ""), "fields": {}}
    return {**blank, **data}


def sale_record(ec: Ec, data: Row, stored: Row | None) -> Row:
    """A sale completed: names of customer and employee, lines from the catalogue, money as their total."""
    _only(data, SALE_FIELDS, "sale")
    row = {**({} if stored else _new_sale()), **data}
    if stored is None or "crmId" in data:
        row |= _customer_of_sale(ec, data.get("crmId"))
    if row.get("userId") is not None:
        row["userName"] = ec.existing("user", row["userId"], "用户userId")["userName"]
    if "fields" in data:
        row["fields"] = {**(stored or {}).get("fields", {}), **{str(k): v for k, v in data["fields"].items()}}
    if data.get("money") is not None:
        row["money"] = amount(data["money"], "money")
    if "product" in data:
        row["product"] = [complete_line(ec, line) for line in data["product"] or []]
    lines = row.get("product") or (stored or {}).get("product") or []
    if lines and ("product" in data or "money" in data):
        row["money"] = line_total(ec, lines)
    return row


def _new_sale() -> Row:
    texts = dict.fromkeys(("guessTime", "dealDate", "productDes", "remark", "productId"), "")
    return {**texts, "status": "1", "money": amount(0, "money"), "groupId": 0, "userId": None, "userName": "",
            "changeUser": None, "doUserid": None, "fields": {}, "product": [], "projectName": ""}  # fmt: skip


def _customer_of_sale(ec: Ec, crm_id: object) -> Row:
    customer = ec.existing("customer", crm_id, "客户crmId")
    return {"crmId": customer["crmId"], "name": customer["company"] or customer["name"]}


def _product(data: Row, stored: Row | None) -> Row:
    _only(data, PRODUCT_FIELDS, "product")
    if stored is None and not data.get("productName"):
        raise ControlError("productName must not be empty")
    prices = {name: amount(data[name], name) for name in ("money", "costMoney") if data.get(name) is not None}
    return {**({} if stored else new_product()), **data, **prices}


def new_product() -> Row:
    """What a product holds before anything was entered."""
    prices = {"money": amount(0, "money"), "costMoney": amount(0, "costMoney")}
    return {"groupId": 601, "productName": "", "productUnit": "", **prices, "onOff": 1, "specs": "",
            "specsRequestList": [], "productSpecsDto": None}  # fmt: skip


def _user(data: Row, stored: Row | None) -> Row:
    blank = {"userName": "", "deptId": 101, "title": "", "status": 1, "account": "", "email": "", "remark": ""}
    return {**({} if stored else blank), **data}


def _subscription(data: Row, stored: Row | None) -> Row:
    """Where the account pushes to by itself: {"url", "events"?: [...]}; no events means all of them."""
    if stored is None and not str(data.get("url", "")).startswith("http"):
        raise ControlError(f"url {data.get('url')!r} must be the http address to push to")
    return data
