"""The generated ERP side as records of the 用友 sandboxes; customers, products and staff have 金蝶's numbers."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.seed.kingdee import customer_number
from sandbox.seed.model import Company, Customer, Product, Salesperson, World, to_cents
from sandbox.seed.receivables import Books, LineFact, OrderFact, Receipt, Receivable

Record = dict[str, Any]
SHANGHAI = ZoneInfo("Asia/Shanghai")
UNITS = {"台": "TAI", "千克": "KG", "米": "M", "套": "SET", "箱": "BOX"}
PIECE = "PCS"
PREPAID, OWED = "2", "1"
SALES = "0101"  # the sales department of the U8 sandbox


def yonbip_records(world: World) -> dict[str, list[Record]]:
    """Records by object, in the order in which they must be made: staff, products, customers with contacts."""
    people = {person.key: person for person in world.salespeople}
    customers = [_merchant(world.companies[one.company], one, people) for one in world.of_system("erp")]
    return {
        "staff": [_staff(person) for person in world.salespeople],
        "product": [_product(product) for product in world.products.values()],
        "merchant": customers,
    }


def u8_records(world: World) -> dict[str, list[Record]]:
    """Records by resource, in the order in which they must be made: persons, inventory, customers, contacts."""
    customers = list(world.of_system("erp"))
    return {
        "person": [_person(person) for person in world.salespeople],
        "inventory": [_inventory(product) for product in world.products.values()],
        "customer": [_u8_customer(world.companies[one.company], one, world) for one in customers],
        "customercontacts": [row for one in customers for row in _u8_contacts(world.companies[one.company], one)],
    }


def _staff(person: Salesperson) -> Record:
    return {
        "code": person.number,
        "name": person.name,
        "mobile": person.mobile,
        "email": f"{person.wecom_userid}@example.com",
    }


def _product(product: Product) -> Record:
    return {
        "code": product.number,
        "name": product.name,
        "modelDescription": product.spec,
        "unitCode": UNITS.get(product.unit, PIECE),
        "taxRate": f"{product.tax_rate:f}",
    }


def _merchant(company: Company, customer: Customer, people: Mapping[str, Salesperson]) -> Record:
    contacts = [] if customer.copy else company.contacts[:1]
    modified = _text(customer.modified)
    return {
        "code": customer_number(customer.key),
        "name": customer.name,
        "creditCode": customer.tax_code or "",
        "contactTel": customer.phone,
        "contactName": contacts[0].name if contacts else "",
        "address": customer.address,
        "principals": [{"professSalesman": people[company.salesperson].number, "isDefault": True}],
        "merchantContactInfos": [
            {
                "fullName": one.name,
                "mobile": one.mobile,
                "email": one.email,
                "positionName": one.title,
                "isDefault": True,
            }
            for one in contacts
        ],
        "createTime": modified,
        "modifyTime": modified,
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _person(person: Salesperson) -> Record:
    mail = f"{person.wecom_userid}@example.com"
    return {
        "code": person.number,
        "name": person.name,
        "cdept_num": SALES,
        "cpsnmobilephone": person.mobile,
        "cpsnemail": mail,
    }


def _inventory(product: Product) -> Record:
    rate = f"{product.tax_rate:f}"
    named = {"code": product.number, "name": product.name, "specs": product.spec, "ccomunitname": product.unit}
    return {**named, "tax_rate": rate, "iimptaxrate": rate}


def _u8_customer(company: Company, customer: Customer, world: World) -> Record:
    person = next(one for one in world.salespeople if one.key == company.salesperson)
    return {
        "code": customer_number(customer.key),
        "name": customer.name,
        "phone": customer.phone,
        "address": customer.address,
        "contact": company.contacts[0].name if company.contacts else "",
        "spec_operator": person.number,
        "spec_operator_name": person.name,
        "self_define1": customer.tax_code or "",
    }


def _u8_contacts(company: Company, customer: Customer) -> list[Record]:
    if customer.copy:
        return []
    owner = customer_number(customer.key)
    return [
        {
            "code": f"{owner}-1",
            "name": one.name,
            "ccuscode": owner,
            "mobile_phone": one.mobile,
            "email": one.email,
            "be_main_linker": "1",
        }
        for one in company.contacts[:1]
    ]


def _facts(orders: Iterable[Mapping[str, Any]]) -> list[OrderFact]:
    """Audited orders of YonBIP."""
    return [_fact(order) for order in orders if order["status"] == 1]


def _fact(order: Mapping[str, Any]) -> OrderFact:
    lines = tuple(
        LineFact(
            line["productCode"],
            Decimal(line["qty"]),
            Decimal(line["oriTaxUnitPrice"]),
            Decimal(line["taxRate"]),
            Decimal(0),
        )
        for line in order["orderDetails"]
    )
    day, total = date.fromisoformat(order["vouchdate"][:10]), Decimal(order["payMoney"])
    return OrderFact(order["code"], order["agentId_code"], order.get("corpContact", ""), day, total, lines)


def _u8_facts(orders: Iterable[Mapping[str, Any]]) -> list[OrderFact]:
    """Verified orders of U8."""
    return [_u8_fact(order) for order in orders if order["state"] == "Approved"]


def _u8_fact(order: Mapping[str, Any]) -> OrderFact:
    lines = tuple(
        LineFact(
            line["inventorycode"],
            Decimal(line["quantity"]),
            Decimal(line["taxunitprice"]),
            Decimal(line["taxrate"]),
            Decimal(0),
        )
        for line in order["entry"]
    )
    day, total = date.fromisoformat(order["date"]), Decimal(order["sum"])
    return OrderFact(order["code"], order["custcode"], order.get("personcode", ""), day, total, lines)


def _receivable(one: Receivable) -> Record:
    """An audited receivable whose items add up to the order's total; it has one due date, the last instalment's."""
    amounts = [to_cents(line.quantity * line.tax_price) for line in one.order.lines]
    amounts[-1] += one.order.total - sum(amounts, Decimal(0))
    items = [
        {
            "oriTaxIncludedAmount": f"{amount:f}",
            "taxRate": f"{line.tax_rate:f}",
            "material": line.material,
            "quickTypeCode": OWED,
        }
        for amount, line in zip(amounts, one.order.lines, strict=True)
        if amount
    ]
    return {
        "audited": True,
        "billDate": one.day.isoformat(),
        "dueDate": max(part.due for part in one.instalments).isoformat(),
        "customer": one.order.customer,
        "staff": one.order.salesperson,
        "srcBillType": "1",
        "srcBillNo": one.order.number,
        "bodyItem": items,
    }


def _receipt(one: Receivable, receipt: Receipt) -> Record:
    quick = OWED if receipt.matched else PREPAID
    return {
        "audited": True,
        "billDate": receipt.day.isoformat(),
        "customer": one.order.customer,
        "staff": one.order.salesperson,
        "remarks": "" if receipt.matched else "预收款",
        "bodyItem": [{"oriTaxIncludedAmount": f"{receipt.amount:f}", "quickTypeCode": quick}],
    }


def _match(receivable: str, receipt: str, paid: Receipt) -> Record:
    return {"receivable": receivable, "receipt": receipt, "amount": f"{paid.amount:f}", "date": paid.day.isoformat()}


def _u8_receivable(one: Receivable) -> Record:
    return {
        "code": f"YS{one.order.number}",
        "date": one.day.isoformat(),
        "cust_vendor_code": one.order.customer,
        "personcode": one.order.salesperson,
        "amount": f"{one.order.total:f}",
        "relatevouchercode": one.order.number,
        "digest": f"销售订单{one.order.number}",
        "audited": True,
    }


def _u8_receipt(one: Receivable, receipt: Receipt) -> Record:
    return {
        "vouchdate": receipt.day.isoformat(),
        "customercode": one.order.customer,
        "personcode": one.order.salesperson,
        "originalamount": f"{receipt.amount:f}",
        "orderid": one.order.number if receipt.matched else "",
        "digest": "" if receipt.matched else "预收款",
        "audited": True,
    }


YONBIP_BOOKS = Books(
    order="order",
    receivable="receivable",
    receipt="collection",
    write_off="writeoff",
    source="srcBillNo",
    numbers=("code", "code"),
    facts=_facts,
    owed=_receivable,
    paid=_receipt,
    match=_match,
)
U8_BOOKS = Books(
    order="saleorder",
    receivable="oughtreceive",
    receipt="accept",
    write_off="",
    source="relatevouchercode",
    numbers=("code", "vouchcode"),
    facts=_u8_facts,
    owed=_u8_receivable,
    paid=_u8_receipt,
    match=_match,
)
